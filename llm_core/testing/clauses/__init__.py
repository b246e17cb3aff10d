"""The promises, each a test with an id, and the functions that an author overrides."""
