"""Claims that depend on other claims."""

from llm_core.testing import Capabilities


def test_without_tools_the_tool_choice_is_not_claimed() -> None:
    claims = Capabilities(tools=False)

    assert not claims.tool_choice
    assert claims == Capabilities(tools=False, tool_choice=False, named_tool_choice=False)


def test_without_a_tool_choice_a_named_one_is_not_claimed() -> None:
    claims = Capabilities(tool_choice=False)

    assert not claims.named_tool_choice
    assert Capabilities().named_tool_choice


def test_without_images_images_by_url_are_not_claimed() -> None:
    claims = Capabilities(images=False)

    assert not claims.images_by_url
    assert Capabilities().images_by_url
