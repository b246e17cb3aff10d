"""``llm-core models``: what is known of each model."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from decimal import Decimal
from typing import TYPE_CHECKING

from .arguments import Command, as_usage_error
from .console import Screen

if TYPE_CHECKING:
    from llm_core.domain.model_description import ModelDescription

_DESCRIPTION = """The context window, the prices, tools, images, the wire format and the lane; nothing is sent. The list
of models and their prices are LiteLLM's, where it is installed; a provider whose models it does not list has one line.
An empty cell is unknown.

  llm-core models --provider anthropic
  llm-core models --json | jq -r '.[] | select(.images) | .model'
  llm-core models | grep gpt-5
"""
_HEADS = ("model", "window", "$ in/M", "$ out/M", "tools", "images", "wire", "lane")
_MILLION = 1_000_000
_ANSWERS = {True: "yes", False: "no", None: ""}


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--provider", metavar="NAME", help="only the models of this provider, as anthropic")
    parser.add_argument("--json", action="store_true", help="print a JSON array; prices are of one token, as text")


def _run(given: Namespace, screen: Screen) -> int:
    from .known_models import known_models

    with as_usage_error():
        models = known_models(given.provider)
    if given.json:
        screen.write(json.dumps([_document(*model) for model in models], indent=1))
    else:
        screen.table(_HEADS, [_row(*model) for model in models])
    return 0


def _row(name: str, lane: str, known: ModelDescription) -> tuple[str, ...]:
    return (
        name,
        "" if known.context_window is None else f"{known.context_window}",
        _per_million(known.input_usd_per_token),
        _per_million(known.output_usd_per_token),
        _ANSWERS[known.tools],
        _ANSWERS[known.images],
        known.wire or "",
        lane,
    )


def _per_million(price: Decimal | None) -> str:
    return "" if price is None else f"{(price * _MILLION).normalize():f}"


def _document(name: str, lane: str, known: ModelDescription) -> dict[str, object]:
    return {
        "model": name,
        "provider": known.provider,
        "context_window": known.context_window,
        "input_usd_per_token": _text(known.input_usd_per_token),
        "output_usd_per_token": _text(known.output_usd_per_token),
        "tools": known.tools,
        "images": known.images,
        "wire": known.wire,
        "lane": lane,
    }


def _text(price: Decimal | None) -> str | None:
    return None if price is None else f"{price:f}"


MODELS = Command(
    name="models",
    summary="Show what is known of each model",
    description=_DESCRIPTION,
    add_options=_add_options,
    run=_run,
)
