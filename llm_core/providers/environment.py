"""Environment variables of providers: keys and addresses."""

import os


def first_set(names: tuple[str, ...]) -> str | None:
    """Return the value of the first variable of *names* that is set and not empty; None if there is none."""
    return next((value for name in names if (value := os.environ.get(name))), None)


def first_named(names: tuple[str, ...]) -> tuple[str, str] | None:
    """Return name and value of the first variable of *names* that is set and not empty; None if there is none."""
    return next(((name, value) for name in names if (value := os.environ.get(name))), None)
