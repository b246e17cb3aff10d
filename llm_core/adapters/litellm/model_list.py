"""The models in LiteLLM's price map, with what their providers' rules know of them; LiteLLM is not imported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import attrs

from llm_core.domain.errors import ModelNotFoundError, UnsupportedFeatureError
from llm_core.domain.model_description import ModelDescription
from llm_core.transport.adapter_config import AdapterConfig
from llm_core.transport.endpoints import describe

from .price_map import context_window_in, token_rates_in
from .price_rows import Row, all_rows
from .routing import route_of

_MODES = ("chat", "responses")
_PARTS_OF_ONE = {"bedrock_converse": "bedrock"}  # the map's name of an API, and the prefix of models


def listed_models() -> Iterator[tuple[str, str, ModelDescription]]:
    """Yield name, lane and description of each chat model in the map, by name."""
    rows = {_name(key, row): row for key, row in all_rows().items() if row.get("mode") in _MODES}
    for name in sorted(rows):
        lane = route_of(name, "auto", {}, has_router=False).lane
        yield name, lane, _described(name, rows[name], is_direct=lane == "direct")


def _name(key: str, row: Row) -> str:
    """Return the name by which the model is called: many keys lack the provider."""
    owner = str(row.get("litellm_provider")).partition("-")[0]  # one has several: vertex_ai-anthropic_models
    owner = _PARTS_OF_ONE.get(owner, owner)
    return key if key.partition("/")[0] in (owner, str(row.get("litellm_provider"))) else f"{owner}/{key}"


def _described(name: str, row: Row, *, is_direct: bool) -> ModelDescription:
    provider, _, model = name.partition("/")
    known = ModelDescription(provider=provider, model=model, tools=_flag(row, "supports_function_calling"))
    if is_direct:
        with suppress(ModelNotFoundError, UnsupportedFeatureError):
            known = describe(name, AdapterConfig(model=name))
    input_rate, output_rate = token_rates_in(row)
    return attrs.evolve(
        known,
        images=False if known.images is False else _flag(row, "supports_vision"),  # the map knows the model
        context_window=context_window_in(row),
        input_usd_per_token=input_rate,
        output_usd_per_token=output_rate,
    )


def _flag(row: Row, key: str) -> bool | None:
    """Return the flag at *key*; None where the row lacks it: the map lists what is supported, seldom what is not."""
    value = row.get(key)
    return value if isinstance(value, bool) else None
