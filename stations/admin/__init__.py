"""Sites, stations and what happened to them, in the admin. The station page itself is csms/console/."""

from stations.admin import records, sites, stations

__all__ = ["records", "sites", "stations"]
