"""Sites, stations and what happened to them, in the admin. The station page itself is csms/console/."""

from stations.admin import batches, enrolment, profiles, records, refusals, security, sites, stations

__all__ = ["batches", "enrolment", "profiles", "records", "refusals", "security", "sites", "stations"]
