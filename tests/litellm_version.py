"""Whether the installed LiteLLM is newer than the locked one, whose behaviour the tables of the tests list."""

from importlib.metadata import version

LOCKED = "1.106.2"
IS_NEWER = version("litellm") != LOCKED
"""True in `make versions`: the tables then have other rows as well, and some of their own are stale."""
