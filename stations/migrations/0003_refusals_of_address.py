from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stations", "0002_frames_by_time"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="rejectedconnection",
            index=models.Index(fields=["address", "first_at"], name="refusals_of_address"),
        ),
    ]
