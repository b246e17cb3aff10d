from types import SimpleNamespace

import pytest

from llm_core import StreamEvent, ToolCallDelta, ToolCallStart
from llm_core.adapters.litellm.litellm_response import tool_call_chunk
from llm_core.domain.errors import BadResponseError
from llm_core.ports.tool_call_assembler import ToolCallAssembler
from llm_core.wires.deltas import ToolCallChunk


def delta(index: object, id: str | None, name: str | None, arguments: str | None = None) -> object:
    return SimpleNamespace(index=index, id=id, function=SimpleNamespace(name=name, arguments=arguments))


def add(assembler: ToolCallAssembler, delta: object) -> list[StreamEvent]:
    return list(assembler.add(tool_call_chunk(delta, getattr(delta, "index", None))))


def events_of(*deltas: object) -> list[StreamEvent]:
    assembler = ToolCallAssembler(server_run_id_prefixes=("srvtoolu_", "mcptoolu_"))
    events = [event for one_delta in deltas for event in add(assembler, one_delta)]
    return events + assembler.finish()


def calls(events: list[StreamEvent]) -> list[tuple[str, str]]:
    """Return name and arguments of each call, in the order of their indexes."""
    names = {event.index: event.name for event in events if isinstance(event, ToolCallStart)}
    texts = dict.fromkeys(names, "")
    for event in events:
        if isinstance(event, ToolCallDelta):
            texts[event.index] += event.arguments_text
    return [(names[index], texts[index]) for index in sorted(names)]


def ids(events: list[StreamEvent]) -> list[str]:
    return [event.id for event in events if isinstance(event, ToolCallStart)]


def test_a_call_yields_events_while_it_arrives() -> None:
    assembler = ToolCallAssembler()
    deltas = [delta(0, "c1", "get", ""), delta(0, None, None, '{"a"'), delta(0, None, None, ": 1}")]

    seen = [add(assembler, item) for item in deltas]

    start, first = ToolCallStart(index=0, id="c1", name="get"), ToolCallDelta(index=0, arguments_text='{"a"')
    assert [[], [start, first], [ToolCallDelta(index=0, arguments_text=": 1}")]] == seen
    assert [] == assembler.finish()


def test_a_call_without_arguments_starts_at_the_end() -> None:
    seen = events_of(delta(0, "c1", "now"))

    assert [ToolCallStart(index=0, id="c1", name="now")] == seen


@pytest.mark.parametrize(
    ("expected", "deltas"),
    [
        pytest.param(
            [("a", '{"x": 1}'), ("b", "{}")],
            [
                delta(0, "c1", "a", '{"x"'),
                delta(1, "c2", "b", "{"),
                delta(0, None, None, ": 1}"),
                delta(1, None, None, "}"),
            ],
            id="two interleaved calls",
        ),
        pytest.param(
            [("a", '{"x": 1}'), ("b", '{"y": 2}')],
            [delta(0, "c1", "a", '{"x": 1}'), delta(0, None, "b", '{"y": 2}')],
            id="one index, no second id",
        ),
        pytest.param(
            [("a", "{}"), ("a", "{}")],
            [delta(0, None, "a", "{}"), delta(0, None, "a", "{}")],
            id="one index, one name, no ids",
        ),
        pytest.param(
            [("a", '{"x"'), ("a", "{}")],
            [delta(0, "c1", "a", '{"x"'), delta(0, "c2", "a", "{}")],
            id="one index, a new id",
        ),
        pytest.param(
            [("a", "{}"), ("b", "{}")],
            [delta(0, None, "a", "{}"), delta(0, "c2", "b", "{}")],
            id="one index, the second alone with an id",
        ),
        pytest.param(
            [("a", '{"x": 1}'), ("b", "{}")],
            [delta(None, "c1", "a", '{"x": 1}'), delta(None, "c2", "b", "{}")],
            id="no index at all",
        ),
        pytest.param(
            [("get_weather", "{}")],
            [delta(0, "c1", "get_"), delta(0, None, "weather"), delta(0, None, None, "{}")],
            id="a name in two deltas",
        ),
        pytest.param(
            [("get", '{"x": 1}')],
            [delta(0, "c1", "get", '{"x"'), delta(0, "c1", "get", ": 1}")],
            id="id and name again with every delta",
        ),
        pytest.param(
            [("get", "{}")],
            [delta(0, "c1", "get", "{}"), delta(0, "c1", "other", None)],
            id="a name after the arguments",
        ),
        pytest.param(
            [("get", '{"x": 1}')],
            [delta(0, None, None, '{"x"'), delta(0, "c1", None, ": 1}"), delta(0, None, "get")],
            id="arguments, then the id, then the name",
        ),
        pytest.param(
            [("get", "{}")],
            [delta(0, None, "get", "{}"), delta(0, "c1", "get", None)],
            id="a late id with the name again",
        ),
        pytest.param(
            [("", '{"x": 1}')],
            [delta(0, "c1", None, '{"x": 1}')],
            id="a name that never comes",
        ),
        pytest.param([("get", "[1]")], [delta(0, "c1", "get", "[1]"), delta(0, None, "get", "")], id="a list"),
        pytest.param(
            [("a", '{"x": 1} \n'), ("b", "{}")],
            [delta(0, "c1", "a", '{"x": 1} \n'), delta(0, None, "b", "{}")],
            id="white space after the arguments",
        ),
        pytest.param(
            [("get", '{"x": 1}')],
            [delta(1, "c1", "get", '{"x"'), delta(1.0, None, None, ": 1}")],
            id="an index that is written in two ways",
        ),
        pytest.param(
            [("get", '{"x": 1}'), ("get", '{"y": 2}')],
            [
                delta([0], None, "get", '{"x"'),
                delta([1], None, "get", '{"y"'),
                delta([0], None, None, ": 1}"),
                delta([1], None, None, ": 2}"),
            ],
            id="two interleaved calls, with lists as indexes",
        ),
    ],
)
def test_calls_are_distinguished_by_index_and_id(expected: list[tuple[str, str]], deltas: list[object]) -> None:
    seen = events_of(*deltas)

    assert expected == calls(seen)
    assert len(expected) == len(set(ids(seen)))
    assert all(ids(seen))


def test_an_id_that_arrives_after_the_name_is_used() -> None:
    seen = events_of(delta(0, None, "get", '{"x"'), delta(0, "c1", None, ": 1}"))

    assert ["c1"] == ids(seen)


@pytest.mark.parametrize(
    "deltas",
    [
        pytest.param([delta(0, None, None, None)], id="an empty placeholder"),
        pytest.param([delta(0, "", "", "")], id="a placeholder of empty texts"),
        pytest.param([SimpleNamespace(index=0, id="c1", function=None)], id="no function"),
        pytest.param([SimpleNamespace()], id="nothing"),
        pytest.param(
            [delta(0, "srvtoolu_1", "web_search", ""), delta(0, None, None, '{"q":'), delta(0, None, None, '"x"}')],
            id="a call that the provider ran",
        ),
        pytest.param([delta(0, "mcptoolu_1", "query", "{}")], id="a call that the provider ran elsewhere"),
    ],
)
def test_a_placeholder_or_a_call_that_the_provider_ran_yields_no_events(deltas: list[object]) -> None:
    seen = events_of(*deltas)

    assert [] == seen


def test_a_call_after_one_that_the_provider_ran_is_returned() -> None:
    seen = events_of(delta(0, "srvtoolu_1", "web_search", '{"q": 1}'), delta(0, "c2", "get", "{}"))

    assert [("get", "{}")] == calls(seen)


def test_surrogate_halves_are_joined_and_a_lone_half_is_replaced() -> None:
    seen = events_of(
        *(delta(0, "c1", "get", text) for text in ('{"a": "\ud83d', '\ude00", "b": "\ud83d', '"}', "\ud83d"))
    )

    texts = ['{"a": "', '\N{GRINNING FACE}", "b": "', '\ufffd"}', "\ufffd"]
    assert texts == [event.arguments_text for event in seen if isinstance(event, ToolCallDelta)]


@pytest.mark.parametrize(("id", "name"), [("c\ud83d", "get"), ("c1", "g\ud83d")])
def test_half_a_surrogate_pair_in_an_id_or_a_name_is_a_bad_response(id: str, name: str) -> None:
    with pytest.raises(BadResponseError) as caught:
        list(ToolCallAssembler().add(ToolCallChunk(id=id, name=name)))

    assert "a call's id or name: half a surrogate pair at character 1" == caught.value.detail


def test_many_small_deltas_are_one_event_each() -> None:
    text = '{"x": "' + "y" * 20_000 + '"}'

    seen = events_of(delta(0, "c1", "get"), *(delta(0, None, None, text) for text in text))

    assert [("get", text)] == calls(seen)
    assert 1 + len(text) == len(seen)
