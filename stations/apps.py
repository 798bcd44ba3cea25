from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class StationsConfig(AppConfig):
    name = "stations"
    verbose_name = "Network"

    def ready(self) -> None:
        post_migrate.connect(bring_shipped_profiles, sender=self)


def bring_shipped_profiles(**_: Any) -> None:
    """After an update: new profiles come, those that staff have edited stay. Not on the way to an older state."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from stations.services import load_shipped_profiles

    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes("stations")):
        load_shipped_profiles()
