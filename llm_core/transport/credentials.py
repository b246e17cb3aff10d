"""The one credential of a request: from the caller's headers, the caller's key, the address, or the environment."""

from base64 import b64encode
from collections.abc import Mapping

from llm_core.domain.errors import AuthenticationError
from llm_core.domain.secret_text import SecretText
from llm_core.providers.environment import first_named
from llm_core.providers.profile import Profile

from .adapter_config import AdapterConfig
from .secret_values import is_sendable, secret_key, trimmed, trimmed_result


def credential_of(profile: Profile, config: AdapterConfig, login: str) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Return the header of the one credential that is sent, and its secrets.

    The caller's headers come first, then the caller's key, then a login in the address, then the environment.
    """
    if config.has_credential:
        return {}, ()
    key = given_key(config)
    if key is None and login:
        encoded = b64encode(login.encode()).decode()
        return {"Authorization": SecretText(f"Basic {encoded}")}, (encoded,)
    key = key or key_in_environment(profile)
    if key:
        return {name: SecretText(value) for name, value in profile.key_headers(key).items()}, (key,)
    if profile.key_optional:
        return {}, ()
    variables = " or ".join(profile.key_variables) or "a header"
    raise AuthenticationError(detail=f"no key: set api_key or {variables}")


def given_key(config: AdapterConfig) -> str | None:
    """Return the caller's key, if there is one. Raises AuthenticationError if its function fails."""
    if config.api_key is None or isinstance(config.api_key, str):
        return config.api_key
    try:
        key: object = secret_key(config.api_key())
    except Exception as error:  # noqa: BLE001 -- the caller's function may raise anything
        problem = f"raised {type(error).__name__}"
    else:
        if isinstance(key, str) and (key := trimmed_result(key, config.api_key)):
            return _sendable(key, "the function api_key")
        problem = "returned no text"
    raise AuthenticationError(detail=f"the function api_key {problem}")


def key_in_environment(profile: Profile) -> str | None:
    """Return the key in the provider's own variable. Raises AuthenticationError if no header can carry it."""
    found = first_named(profile.key_variables)
    if found is None:
        return None
    name, key = found[0], trimmed(found[1], found[0])
    del found
    return _sendable(key, name) or None


def _sendable(key: str, name: str) -> str:
    if not is_sendable(key):
        raise AuthenticationError(detail=f"{name}: the key must not hold line breaks or control characters")
    return key
