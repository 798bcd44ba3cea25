from django.db import migrations

from accounts.seals import plain, seal


def seal_events(apps, schema_editor):
    """Events from before the chain are taken as they are: from now on nobody changes them unnoticed."""
    AuditEvent = apps.get_model("accounts", "AuditEvent")
    AuditChain = apps.get_model("accounts", "AuditChain")
    ends = {}
    for event in AuditEvent.objects.order_by("at", "pk").iterator():
        length, head = ends.get(event.organization_id, (0, ""))
        event.position, event.previous_hash, event.details = length + 1, head, plain(event.details)
        event.hash = seal({field.attname: getattr(event, field.attname) for field in event._meta.fields})
        event.save()
        ends[event.organization_id] = (event.position, event.hash)
    AuditChain.objects.bulk_create(
        AuditChain(organization_id=organization_id, length=length, head=head)
        for organization_id, (length, head) in ends.items()
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_add_audit_chain")]

    operations = [migrations.RunPython(seal_events, migrations.RunPython.noop)]
