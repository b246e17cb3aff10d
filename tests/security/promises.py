"""The promises of docs/security.md."""

from .promises_about_secrets import PROMISES as ABOUT_SECRETS

PROMISES = (*ABOUT_SECRETS,)
