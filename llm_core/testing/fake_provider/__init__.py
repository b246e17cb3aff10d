"""The provider's side of a test: a loopback server that plays a scenario, and a record of the requests it received."""
