"""A real language model on loopback, for the demo and for the tests that want one."""
