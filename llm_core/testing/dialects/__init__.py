"""The wire formats that the fake provider speaks, each written from its provider's documentation."""
