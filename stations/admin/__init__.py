"""Sites, stations and what happened to them, in the admin. The station page itself is csms/console/."""

from stations.admin import enrolment, records, refusals, sites, stations

__all__ = ["enrolment", "records", "refusals", "sites", "stations"]
