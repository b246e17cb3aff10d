"""The promises of docs/security.md."""

from .promises_about_bounds import PROMISES as ABOUT_BOUNDS
from .promises_about_calls import PROMISES as ABOUT_CALLS
from .promises_about_packages import PROMISES as ABOUT_PACKAGES
from .promises_about_secrets import PROMISES as ABOUT_SECRETS

PROMISES = (*ABOUT_SECRETS, *ABOUT_CALLS, *ABOUT_BOUNDS, *ABOUT_PACKAGES)
