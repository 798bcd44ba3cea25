"""OCPP 2.0.1 and 2.1: 2.1 dropped nothing of what a station of this kind needs."""
