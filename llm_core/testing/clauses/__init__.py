"""The promises, each a test with an id; and what guards that none is dropped in silence."""
