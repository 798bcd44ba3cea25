"""The demo network: invented operators at real places."""
