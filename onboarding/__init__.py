"""The onboarding check: a new charger is put through its paces, with a scorecard at the end."""
