"""Survivors that make no difference to a caller, and the reason, by file and change."""

REASONS: dict[tuple[str, str], str] = {}
