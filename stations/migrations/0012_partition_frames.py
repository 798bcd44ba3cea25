from django.db import migrations
from django.utils import timezone

from live.partitions import convert, make_partitions
from stations.partitions import FRAMES


def partition(apps, schema_editor):
    """No row is copied: what there is becomes the default partition. Makes the coming days."""
    convert(FRAMES, "id, at")
    make_partitions(FRAMES, timezone.now())


class Migration(migrations.Migration):

    dependencies = [
        ('stations', '0011_index_variables_and_commands'),
    ]

    operations = [
        migrations.RunPython(partition),
    ]
