import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('stations', '0016_add_vendor_profiles'),
    ]

    operations = [
        migrations.CreateModel(
            name='RepairCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('repair', models.CharField(max_length=40)),
                ('count', models.BigIntegerField(default=0)),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('last_action', models.CharField(blank=True, max_length=50, verbose_name='last message')),
                ('station', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='repair_counts', to='stations.chargingstation')),
            ],
            options={
                'verbose_name': 'repair',
                'ordering': ['station', '-count'],
                'constraints': [models.UniqueConstraint(fields=('station', 'repair'), name='one_count_per_repair')],
            },
        ),
    ]
