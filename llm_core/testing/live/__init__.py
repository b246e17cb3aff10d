"""The promises that a genuine endpoint lets one check."""
