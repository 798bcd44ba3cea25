"""Measurements anyone can repeat: ratios within one run, a table, and one JSON object as the last line."""
