"""When a model is served by OpenAI's Responses API, and what it accepts there.

Sources: https://platform.openai.com/docs/models (the endpoints of each model),
https://platform.openai.com/docs/guides/migrate-to-responses, and for function tools beside reasoning
https://platform.openai.com/docs/guides/latest-model: from gpt-5.4 on, chat completions refuse function tools unless the
reasoning effort is "none", also where none is sent.
"""

import re
from collections.abc import Callable
from types import MappingProxyType

import attrs

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.providers.profile import ResponsesUse, WireChoice
from llm_core.wires.model_rules import ModelRules, Part

_ONLY = re.compile(
    r"""
      (o[1-9]|gpt-[5-9](\.\d+)?)-pro\b | gpt-[5-9](\.\d+)?-codex | codex-mini | o[1-9](-mini)?-deep-research
    | computer-use-preview | gpt-daybreak-
    """,
    re.VERBOSE,
)
_SERIES = re.compile(r"gpt-(?P<major>[5-9])(\.(?P<minor>\d+))?(?!.*-search)")
_SETTINGS = frozenset({"temperature", "top_p", "max_tokens", "reasoning_effort", "parallel_tool_calls", "service_tier"})
_MORE_PARTS: frozenset[Part] = frozenset({"file by url", "image in a result"})
_LEAST_TOKENS = 16  # "max_output_tokens: integer below minimum value"
_TOOL_CALL_IDS = re.compile(r".{1,64}", re.DOTALL)  # "call_id: 1 to 64 characters"
_WORDS = {
    "always": "is served by the Responses API alone",
    "with tools": "accepts tools on the Responses API alone, unless reasoning_effort is none",
    "with tools and effort": "accepts tools beside reasoning_effort on the Responses API alone",
}


def openai_responses_use(model: str) -> ResponsesUse:
    """Return when OpenAI and Azure serve *model*, by its name, on Responses alone."""
    if _ONLY.match(_name(model)):
        return "always"
    return "with tools" if version_of(model) >= (5, 4) else "never"


def version_of(model: str) -> tuple[int, int]:
    """Return the version in the name of a GPT model from gpt-5 on; (0, 0) for any other."""
    series = _SERIES.match(_name(model))
    return (int(series["major"]), int(series["minor"] or 0)) if series else (0, 0)


def _name(model: str) -> str:
    """Return the name without a region (``eu/``), and without the prefix of a fine-tuned model."""
    return model.rpartition("/")[2].removeprefix("ft:")


def takes_responses(wire: WireChoice, use: ResponsesUse, *, has_tools: bool, effort: str | None) -> bool:
    """Return whether a request takes the Responses API.

    Raises:
        UnsupportedFeatureError: *wire* is ``chat``, and the model does not serve the request there.
    """
    needed = (
        use == "always"
        or (use == "with tools" and has_tools and effort != "none")
        or (use == "with tools and effort" and has_tools and effort not in (None, "none"))
    )
    if wire == "auto":
        return needed
    if wire == "chat" and needed:
        raise UnsupportedFeatureError(feature=f"wire='chat': the model {_WORDS[use]}")
    return wire == "responses"


def why(wire: WireChoice, use: ResponsesUse) -> str:
    """Return the reason for the API that requests take, for a person to read."""
    if wire != "auto":
        return f"wire={wire!r} is set"
    return f"the model {_WORDS[use]}" if use in _WORDS else "the usual one of this provider"


@attrs.frozen
class _RefusedSettings:
    """What a model refuses on chat completions, and a limit of tokens that this API refuses."""

    on_chat: Callable[[ChatRequest, ChatSettings], frozenset[str]]

    def __call__(self, request: ChatRequest, settings: ChatSettings, /) -> frozenset[str]:
        """Return the names of the refused settings."""
        refused = self.on_chat(request, settings)
        is_too_low = settings.max_tokens is not None and settings.max_tokens < _LEAST_TOKENS
        return refused | {"max_tokens"} if is_too_low else refused


def responses_rules(rules: ModelRules) -> ModelRules:
    """Return what a model accepts on Responses, from what it accepts on chat completions."""
    parts = rules.parts - {"audio"} | (_MORE_PARTS if "image data" in rules.parts else frozenset())
    return attrs.evolve(
        rules,
        settings=rules.settings & _SETTINGS,
        refused_settings=_RefusedSettings(rules.refused_settings),
        setting_names=MappingProxyType({}),
        choice_names=MappingProxyType({}),
        parts=parts,
        tool_call_ids=_TOOL_CALL_IDS,
        replays_reasoning="reasoning_effort" in rules.settings,
    )
