"""A real language model on loopback, for the demo and the real-model tests."""
