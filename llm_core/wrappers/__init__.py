"""Wrappers: each is a chat over another chat, and adds one behaviour."""

from .retrying import Retrying

__all__ = ["Retrying"]
