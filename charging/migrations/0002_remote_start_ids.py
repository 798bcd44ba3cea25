"""The numbers by which a remote start is recognised: positive, 32 bits, given out once in two thousand million."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("charging", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql="CREATE SEQUENCE charging_remote_start_id AS integer MINVALUE 1 CYCLE",
            reverse_sql="DROP SEQUENCE charging_remote_start_id",
        )
    ]
