"""Behaviour stacked over the port: each takes a chat and is one."""

from .retrying import Retrying

__all__ = ["Retrying"]
