"""What differs beside a LiteLLM that is newer than the locked one, in addition to the tables for that."""

from .explained_requests import Explained as ExplainedRequests
from .explained_settings import Explained as ExplainedSettings


def _fields(names: str) -> frozenset[str]:
    return frozenset(names.split())


_LISTED = "LiteLLM's list has it for every model of the host"
_MARKED = "LiteLLM's newer map marks the model as one that reasons; its name is of no family that is known to"
SETTINGS = (
    ExplainedSettings(
        r"(anthropic|azure_ai)/claude-.*", _fields("+top_p"), "models that refuse it: our rules do so by its value"
    ),
    ExplainedSettings(
        r"(openai|azure)/gpt-\w+-latest", _fields("+reasoning_effort"), "a name of no known family: everything is sent"
    ),
    ExplainedSettings(
        r"openai/gpt-6-(rosalind|cyber)",
        _fields("+top_p"),
        "LiteLLM's map does not say that the model can be told not to reason",
    ),
    ExplainedSettings(r"openai/gpt-6-cyber", _fields("+tool_choice"), "LiteLLM's list has tools without their choice"),
    ExplainedSettings(
        r"openai/gpt-6\.1-terra", _fields("-top_p"), "a model that always reasons refuses it, by its family"
    ),
    ExplainedSettings(r"(abliteration|baseten|empiriolabs)/.*", _fields("-reasoning_effort"), _LISTED),
    ExplainedSettings(r"morph/morph-dsv.*", _fields("-reasoning_effort"), _LISTED),
    ExplainedSettings(
        r"empiriolabs/.*",
        _fields("+parallel_tool_calls +tool_choice +tools"),
        "LiteLLM's map does not mark the model; the host refuses what it cannot do",
    ),
    ExplainedSettings(
        r"azure_ai/claude-\w+-latest|(fireworks_ai|together_ai|mistral|tencent|wandb|moonshot)/.*",
        _fields("-reasoning_effort"),
        _MARKED,
    ),
    ExplainedSettings(
        r"moonshot/kimi-latest",
        _fields("-frequency_penalty -presence_penalty -temperature -top_p"),
        "Kimi models sample with fixed parameters",
    ),
)
REQUESTS = (
    *(
        ExplainedRequests(
            f"{host}/*", "*", f"{field}: ours alone", "LiteLLM has tools for the models that its map marks"
        )
        for host in ("abliteration", "empiriolabs")
        for field in ("tools", "tool_choice", "parallel_tool_calls")
    ),
    *(
        ExplainedRequests(
            "anthropic/*", "output: meta", f"{field}: LiteLLM's alone", "LiteLLM makes a tool of the schema"
        )
        for field in ("tools", "tool_choice")
    ),
    ExplainedRequests(
        "morph/*", "*", "stream_options: LiteLLM's alone", "the models that edit files report usage anyway"
    ),
)
WITH_CONFIG = frozenset({"abliteration", "empiriolabs"})
"""Providers that have a config of their own since."""
ROUTES = (
    ("openai/gpt-6-rosalind", "LiteLLM's map does not have the effort none for it"),
    (r"openai/gpt-6\.1-terra", "LiteLLM's map has the effort none for it"),
)
