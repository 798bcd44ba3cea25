"""``manage.py verify_audit``: whether anybody changed the audit trail."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.audit import chains_of, first_break


class Command(BaseCommand):
    help = "Reads every audit chain and hashes it again. Fails, and names the first broken event, if one was changed."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = []
        for chain in chains_of():
            found = first_break(chain)
            if found:
                broken.append(str(found))
            else:
                self.stdout.write(f"{chain}: {chain.length} events, last {chain.head or 'none'}")
        if broken:
            raise CommandError("\n".join(broken))
