"""What is special about each provider: one `Profile` each, and the table of all in `registry`."""
