"""Providers whose API is OpenAI's Chat Completions API, at another address."""

from .profile import Profile

COMPATIBLE: dict[str, Profile] = {}
