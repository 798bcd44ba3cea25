"""Pages of the admin that bring several apps together: dashboard, station, session, anomaly.

Each app's own lists and forms are in its admin. Nothing here decides: it shows, and calls services.
"""
