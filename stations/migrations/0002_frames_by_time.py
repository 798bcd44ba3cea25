from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    # The gateways go on writing to the wire log while the index is made.
    atomic = False

    dependencies = [
        ("stations", "0001_initial"),
    ]

    operations = [
        AddIndexConcurrently(model_name="frame", index=BrinIndex(fields=["at"], name="frames_by_time")),
    ]
