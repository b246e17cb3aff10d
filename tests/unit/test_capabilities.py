"""What follows from a claim."""

from llm_core.testing import Capabilities


def test_without_tools_there_is_no_choice_of_one() -> None:
    claims = Capabilities(tools=False)

    assert not claims.tool_choice
    assert claims == Capabilities(tools=False, tool_choice=False)


def test_without_images_there_are_none_by_their_address() -> None:
    claims = Capabilities(images=False)

    assert not claims.images_by_url
    assert Capabilities().images_by_url
