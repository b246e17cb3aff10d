"""The port: its Protocols with their promises, its streams, and ways to make one."""
