"""What can be imported. Apps register theirs in ``<app>/imports.py``."""

from jobs.imports.resource import TenantResource

IMPORTS: dict[str, type[TenantResource]] = {}


def importable(resource: type[TenantResource]) -> type[TenantResource]:
    IMPORTS[resource.slug] = resource
    return resource
