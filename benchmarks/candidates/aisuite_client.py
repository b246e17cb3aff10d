"""aisuite's client, which blocks."""

from collections.abc import Callable
from typing import Any

import aisuite  # type: ignore[import-not-found]  # in the peers' environment

from benchmarks.measuring.asking import KEY, MODEL, Ask


def complete(ask: Ask) -> Callable[[], str]:
    """Return a call."""
    create = _create(ask)
    return lambda: str(create(model=f"openai:{MODEL}", messages=ask.messages).choices[0].message.content)


def stream(ask: Ask) -> Callable[[], str]:
    """Return a call that streams."""
    create = _create(ask)
    model = f"openai:{MODEL}"
    return lambda: "".join(_piece(chunk) for chunk in create(model=model, messages=ask.messages, stream=True))


def _create(ask: Ask) -> Any:  # noqa: ANN401 -- a method of another environment's class
    client = aisuite.Client({"openai": {"api_key": KEY, "base_url": f"{ask.url}/v1"}})
    return client.chat.completions.create


def _piece(chunk: Any) -> str:  # noqa: ANN401 -- as above
    return (chunk.choices[0].delta.content or "") if chunk.choices else ""
