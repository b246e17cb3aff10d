"""What each family of Google's models accepts, by the name of the model."""

from collections.abc import Set as AbstractSet

import pytest

from llm_core import ChatRequest, ChatSettings, UserMessage
from llm_core.domain.settings import ReasoningEffort
from llm_core.providers.accepted import accepted_settings, require_features
from llm_core.providers.registry import find_profile
from llm_core.wires.model_rules import ModelRules

HELLO = ChatRequest(messages=[UserMessage("hi")])
EFFORTS: list[ReasoningEffort] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"]
SAMPLING = {"temperature", "top_p"}
PENALTIES = {"presence_penalty", "frequency_penalty"}


def rules(model: str) -> ModelRules:
    profile = find_profile("gemini")
    assert profile is not None
    return profile.rules(model, "https://provider.test")


def sent_efforts(model: str) -> list[str]:
    settings = [ChatSettings(reasoning_effort=effort) for effort in EFFORTS]
    accepted = [accepted_settings(HELLO, one, rules(model))[0].reasoning_effort for one in settings]
    return [effort for effort in accepted if effort]


@pytest.mark.parametrize(
    ("model", "efforts"),
    [
        ("gemini-2.0-flash", []),
        ("gemini-1.5-pro", []),
        ("gemini-pro", []),
        ("gemini-exp-1206", []),
        ("gemini-2.5-flash-image", []),
        ("gemini-2.5-pro", ["minimal", "low", "medium", "high"]),
        ("gemini-2.5-flash-lite", ["none", "minimal", "low", "medium", "high"]),
        ("gemini-2.5-flash-preview-09-2025", ["none", "minimal", "low", "medium", "high"]),
        ("models/gemini-2.5-flash", ["none", "minimal", "low", "medium", "high"]),
        ("tuned", ["none", "minimal", "low", "medium", "high"]),
        ("gemini-3-pro-preview", ["low", "high"]),
        ("gemini-3.1-pro-preview", ["low", "medium", "high"]),
        ("gemini-3-flash-preview", ["minimal", "low", "medium", "high"]),
        ("gemini-3.1-flash-lite", ["minimal", "low", "medium", "high"]),
        ("gemini-3.5-flash", ["minimal", "low", "medium", "high"]),
        ("gemini-3.8-flash", ["low", "medium", "high"]),
        ("gemini-4-argon", ["low", "medium", "high"]),
        ("gemini-flash-latest", ["low", "medium", "high"]),
        ("gemini-3-pro-image-preview", []),
    ],
)
def test_an_effort_that_the_model_lacks_is_ignored_and_none_is_replaced(model: str, efforts: list[str]) -> None:
    assert efforts == sent_efforts(model)


@pytest.mark.parametrize(
    ("model", "ignored"),
    [
        ("gemini-2.0-flash", set[str]()),
        ("gemini-2.5-flash", PENALTIES),
        ("gemini-3-flash-preview", PENALTIES),
        ("gemini-3.5-flash", PENALTIES),
        ("gemini-3.5-flash-lite", PENALTIES | SAMPLING),
        ("gemini-3.6-flash", PENALTIES | SAMPLING),
    ],
)
def test_settings_that_the_family_refuses_or_ignores_are_named(model: str, ignored: AbstractSet[str]) -> None:
    settings = ChatSettings(
        temperature=0, top_p=0, max_tokens=9, stop=["E"], seed=0, presence_penalty=0, frequency_penalty=0
    )

    _, seen = accepted_settings(HELLO, settings, rules(model))

    assert ignored == {*seen}


def test_parallel_tool_calls_have_no_field() -> None:
    assert "parallel_tool_calls" not in rules("gemini-3-pro").settings | rules("x").settings


@pytest.mark.parametrize(("max_tokens", "ignored"), [(1024, ("reasoning_effort",)), (1025, ()), (None, ())])
def test_a_thinking_budget_is_below_max_tokens_or_named_as_ignored(
    max_tokens: int | None, ignored: tuple[str, ...]
) -> None:
    settings = ChatSettings(reasoning_effort="low", max_tokens=max_tokens)

    assert ignored == accepted_settings(HELLO, settings, rules("gemini-2.5-pro"))[1]


@pytest.mark.parametrize(
    ("model", "nested", "with_tools", "placeholder"),
    [
        ("gemini-2.5-flash", False, False, False),
        ("gemini-2.0-flash", False, False, False),
        ("gemini-3-flash-preview", True, True, True),
        ("gemini-pro-latest", True, True, True),
        ("tuned", True, True, False),
    ],
)
def test_gemini_3_nests_images_takes_schemas_beside_tools_and_needs_signatures(
    model: str, *, nested: bool, with_tools: bool, placeholder: bool
) -> None:
    seen = rules(model)

    assert nested is ("image in a result" in seen.parts)
    assert with_tools is ("schema with tools" in seen.outputs)
    assert placeholder is (seen.placeholder_signature == "skip_thought_signature_validator")
    assert "image by url" not in seen.parts
    require_features(HELLO, seen)
