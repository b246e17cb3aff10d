"""Behaviour stacked over the port: each takes a chat and is one."""
