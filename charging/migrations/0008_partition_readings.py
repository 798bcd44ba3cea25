from django.db import migrations
from django.utils import timezone

from charging.partitions import READINGS
from live.partitions import convert, make_partitions


def partition(apps, schema_editor):
    """No row is copied: what there is becomes the default partition. Makes the coming months."""
    convert(READINGS, "station_id, evse_number, at, measurand, phase, location, context, value")
    make_partitions(READINGS, timezone.now())


class Migration(migrations.Migration):

    dependencies = [
        ('charging', '0007_index_sessions_for_lists'),
    ]

    operations = [
        migrations.RunPython(partition),
    ]
