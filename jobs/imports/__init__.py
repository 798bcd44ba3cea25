"""Rows from a file: read, checked row by row, shown, and applied in one transaction when somebody confirms."""

from jobs.imports.registry import IMPORTS, importable
from jobs.imports.resource import Column, TenantResource

__all__ = ["IMPORTS", "Column", "TenantResource", "importable"]
