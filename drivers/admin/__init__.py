"""Drivers, tokens, decisions about them, and what stations know by themselves."""

from drivers.admin import local_lists, people

__all__ = ["local_lists", "people"]
