from django.db import migrations, models

REFUSE = """
CREATE FUNCTION accounts_refuse_to_change_audit_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'An audit event is never changed or deleted.' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER accounts_audit_events_are_kept BEFORE UPDATE OR DELETE ON accounts_auditevent
FOR EACH ROW EXECUTE FUNCTION accounts_refuse_to_change_audit_events();
"""
ALLOW = """
DROP TRIGGER accounts_audit_events_are_kept ON accounts_auditevent;
DROP FUNCTION accounts_refuse_to_change_audit_events();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_seal_audit_events")]

    operations = [
        migrations.AddConstraint(
            model_name='auditevent',
            constraint=models.UniqueConstraint(fields=('organization', 'position'), name='one_audit_event_per_position', nulls_distinct=False),
        ),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
