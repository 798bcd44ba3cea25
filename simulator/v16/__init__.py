"""OCPP 1.6J: what the charger says and how it answers."""
