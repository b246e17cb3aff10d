"""The wire formats that the far side speaks, each written from its provider's documentation."""
