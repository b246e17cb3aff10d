import re
from decimal import Decimal
from typing import get_args

import pytest

from llm_core import Usage
from llm_core.testing import Breaks, Call, Echoes, Fails, HangsUp, Redirects, Refuses, Replies, Scenario, Sends
from llm_core.testing.fake_provider.named_scenarios import PATIENCE, listed_scenarios, scenario_named, scenarios_in
from llm_core.testing.scenarios import Break

VALUES = {"TEXT": "Hi.", "STATUS": "307", "EVENTS": "2", "BODY": "<html>", "HOW": "drip"}


@pytest.mark.parametrize(
    ("text", "scenario"),
    [
        ("replies", Replies()),
        ("replies=Hello, you", Replies(text="Hello, you")),
        ("replies,wait=1,text=null", Replies(text=None, wait=1.0)),
        ("replies=42", Replies(text="42")),
        (
            'replies,calls=[{"name": "f", "arguments_text": "{"}],chunk_size=2',
            Replies(calls=[Call(name="f", arguments_text="{")], chunk_size=2),
        ),
        ("echoes", Echoes()),
        ("fails=429,reason=quota,retry_after=2", Fails(status=429, reason="quota", retry_after=2.0)),
        ("cut", Breaks(how="cut", patience=PATIENCE)),
        ("cut-after=3", Breaks(how="cut", after=3, patience=PATIENCE)),
        (
            "bad-json-after=0,text=Hm,patience=1",
            Breaks(how="bad_json", after=0, reply=Replies(text="Hm"), patience=1.0),
        ),
        ("sends=<html>,content_type=text/html", Sends(body=b"<html>", content_type="text/html", patience=PATIENCE)),
        ("redirects", Redirects()),
        ("refuses", Refuses()),
        ("hangs-up=silence", HangsUp(how="silence", patience=PATIENCE)),
    ],
)
def test_a_scenario_has_a_name_a_value_and_fields(text: str, scenario: Scenario) -> None:
    assert scenario == scenario_named(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nope", "no scenario 'nope'; there are replies, echoes, fails,"),
        ("fails", "fails.status: is missing"),
        ("fails=much", "fails.status: expected int, got 'much'"),
        ("fails=99", "fails.status: must lie between 200 and 599, got 99"),
        ("fails=429,reason=bad", "fails.reason: expected one of context_window, content_policy, quota, got 'bad'"),
        ("cut-after=-1", "cut-after.after: must lie between 0 and 1000000, got -1"),
        ("cut,chunk_size=0", "cut.chunk_size: must lie between 1 and"),
        ("cut,colour=red", "cut.colour: unknown; there are how, after, reply, patience, failure"),
        ("cut=3", "cut: takes no value"),
        ("replies=a,text=b", "replies.text: set twice"),
        ("echoes,text=x", "echoes.text: unknown; there are no fields"),
        ("replies,pause=NaN", "replies.pause: must lie between 0 and"),
        ("replies,counting=1", "replies.counting: expected bool, got '1'"),
        ("replies,calls=x", "replies.calls: expected a list, got 'x'"),
    ],
)
def test_a_wrong_scenario_says_what_is_wrong(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(problem)}"):
        scenario_named(text)


@pytest.mark.parametrize(
    ("document", "scenarios"),
    [
        ('{"scenario": "cut", "after": 1, "reply": {"text": "Hi."}}', [scenario_named("cut-after=1,text=Hi.")]),
        (
            """[{"scenario": "fails", "status": 429, "headers": [["a", "b"]]},
                {"scenario": "replies", "usage": {"input_tokens": 3, "cost_usd": "0.10"}}]""",
            [
                Fails(status=429, headers=(("a", "b"),)),
                Replies(usage=Usage(input_tokens=3, cost_usd=Decimal("0.10"))),
            ],
        ),
    ],
)
def test_scenarios_are_read_from_json(document: str, scenarios: list[Scenario]) -> None:
    assert scenarios == list(scenarios_in(document))


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ("{", "Expecting property name"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "no scenario"),
        ("[7]", "[0]: expected an object such as "),
        ("{}", "$: expected an object such as "),
        ('{"scenario": "cut", "reply": 7}', "cut.reply: expected Replies, got 7"),
        ('[{"scenario": "cut", "reply": {"chunk_size": "x"}}]', "[0]cut.reply.chunk_size: expected int, got 'x'"),
        ('{"scenario": "fails", "status": 500, "headers": [["a"]]}', "fails.headers[0]: expected a list, got ['a']"),
        ('{"scenario": "replies", "usage": {"cost_usd": "much"}}', "replies.usage.cost_usd: expected Decimal, got"),
        ('{"scenario": "replies", "usage": {"input_tokens": -1}}', "input_tokens: "),
    ],
)
def test_a_wrong_document_says_what_is_wrong(document: str, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(problem)}"):
        scenarios_in(document)


def test_every_scenario_is_listed() -> None:
    listed = [text.partition("=") for text, _ in listed_scenarios()]
    scenarios = [scenario_named(f"{name}={VALUES[value]}" if value else name) for name, _, value in listed]

    assert set(get_args(Scenario)) == {type(scenario) for scenario in scenarios}
    assert set(get_args(Break)) == {scenario.how for scenario in scenarios if isinstance(scenario, Breaks)}
