"""aisuite's client; it has no async calls."""

from collections.abc import Callable
from typing import Any

import aisuite  # type: ignore[import-not-found]  # in the peers' environment

from benchmarks.measuring.workload import KEY, MODEL, CallSpec


def complete(spec: CallSpec) -> Callable[[], str]:
    """Return a call."""
    create = _create(spec)
    return lambda: str(create(model=f"openai:{MODEL}", messages=spec.messages).choices[0].message.content)


def stream(spec: CallSpec) -> Callable[[], str]:
    """Return a call that streams."""
    create = _create(spec)
    model = f"openai:{MODEL}"
    return lambda: "".join(_delta_text(chunk) for chunk in create(model=model, messages=spec.messages, stream=True))


def _create(spec: CallSpec) -> Any:  # noqa: ANN401 -- a method of another environment's class
    client = aisuite.Client({"openai": {"api_key": KEY, "base_url": f"{spec.url}/v1"}})
    return client.chat.completions.create


def _delta_text(chunk: Any) -> str:  # noqa: ANN401 -- as above
    return (chunk.choices[0].delta.content or "") if chunk.choices else ""
