"""Checks of the suite itself: overridden clauses, skips, deadlocks, requests per call."""
