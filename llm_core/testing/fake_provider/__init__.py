"""The provider's side of a test: a loopback server that plays a scenario, and what reached it."""
