"""The line below an answer: model, tokens, cost and seconds."""

from collections.abc import Iterator

from llm_core.domain.responses import ChatResponse, FinishReason
from llm_core.domain.usage import Usage


def facts_line(response: ChatResponse, seconds: float, model: str | None = None) -> str:
    """Return what is known of *response*, and what is not; *model* is that of the request."""
    return ", ".join(_facts(response, seconds, model))


def _facts(response: ChatResponse, seconds: float, model: str | None) -> Iterator[str]:
    if name := response.model or model:
        yield name
    yield from _usage(response.usage or Usage())
    yield f"{seconds:.1f} s"
    if response.finish_reason is not FinishReason.STOP:
        yield f"stopped by {response.raw_finish_reason or response.finish_reason}"
    if response.ignored_settings:
        yield f"not sent: {' '.join(response.ignored_settings)}"


def _usage(usage: Usage) -> Iterator[str]:
    if usage.input_tokens is None and usage.output_tokens is None:
        yield "tokens not reported"
    if usage.input_tokens is not None:
        yield f"{usage.input_tokens} tokens in"
    if usage.output_tokens is not None:
        yield f"{usage.output_tokens} tokens out"
    yield "cost not known" if usage.cost_usd is None else f"${usage.cost_usd.normalize():f}"
