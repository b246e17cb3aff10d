"""Which abilities of `Capabilities` a request needs; the note to a refusal names them."""

import attrs
import pytest

from llm_core import (
    AudioPart,
    ChatRequest,
    ChatSettings,
    FilePart,
    ImagePart,
    JsonOutput,
    JsonSchemaOutput,
    NamedTool,
    ProviderData,
    TextPart,
    Tool,
    UserMessage,
)
from llm_core.testing.capabilities import Capabilities
from llm_core.testing.used_abilities import used_abilities

TOOL = Tool(name="look", description="Look.", parameters={"type": "object"})
PLAIN = ChatRequest(messages=[UserMessage("Hi."), UserMessage([TextPart("Hi.")])])
MEDIA = (
    ImagePart(url="https://pictures.test/a.png"),
    ImagePart(data=b"a", media_type="image/png"),
    AudioPart(data=b"a", media_type="audio/wav"),
    FilePart(data=b"a", media_type="application/pdf"),
)


@pytest.mark.parametrize(
    ("chat_request", "needed"),
    [
        (PLAIN, []),
        (attrs.evolve(PLAIN, tools=[TOOL]), ["tools"]),
        (attrs.evolve(PLAIN, tools=[TOOL], tool_choice="required"), ["tools", "tool_choice"]),
        (attrs.evolve(PLAIN, tools=[TOOL], tool_choice=NamedTool("look")), ["tools", "named_tool_choice"]),
        (attrs.evolve(PLAIN, output=JsonOutput()), ["json_output"]),
        (attrs.evolve(PLAIN, output=JsonSchemaOutput(name="a", schema={})), ["json_schema_output"]),
        (attrs.evolve(PLAIN, server_tools=[ProviderData(provider="openai", value={})]), ["server_tools"]),
        (attrs.evolve(PLAIN, messages=[UserMessage(MEDIA)]), ["images_by_url", "images", "audio", "files"]),
        (attrs.evolve(PLAIN, settings=ChatSettings(seed=0, stop=["."])), ["settings: seed", "settings: stop"]),
    ],
)
def test_each_ability_that_a_chat_requestneeds_is_named(chat_request: ChatRequest, needed: list[str]) -> None:
    assert needed == used_abilities(chat_request)
    assert {name.partition(":")[0] for name in needed} <= {field.name for field in attrs.fields(Capabilities)}
