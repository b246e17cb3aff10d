"""The promises that can be checked on a real endpoint."""
