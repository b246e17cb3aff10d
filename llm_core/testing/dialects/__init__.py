"""The wire formats of the fake provider, each written from its provider's documentation."""
