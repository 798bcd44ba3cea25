"""The routes: who asks, which rows they see, which service does it."""
