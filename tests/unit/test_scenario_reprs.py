"""The `repr` of scenarios, which failures show: only what differs from the defaults."""

import pytest
from hypothesis.vendor.pretty import pretty

from llm_core.testing import Breaks, Call, Fails, Replies
from llm_core.testing.scenarios import Thought


@pytest.mark.parametrize(
    ("scenario", "shown"),
    [
        (Replies(), "Replies()"),
        (Replies(text=None, reasoning="Well."), "Replies(text=None, reasoning='Well.')"),
        (Replies(blocks=[Thought("Hm.")]), "Replies(blocks=(Thought(text='Hm.'),))"),
        (Call(name="look", arguments_text="{}"), "Call(name='look', arguments_text='{}')"),
        (Fails(status=429, retry_after=7.0), "Fails(status=429, retry_after=7.0)"),
        (Breaks(how="cut", reply=Replies(chunk_size=2)), "Breaks(how='cut', reply=Replies(chunk_size=2))"),
    ],
)
def test_a_scenario_is_shown_without_its_defaults(scenario: object, shown: str) -> None:
    assert shown == repr(scenario) == pretty(scenario)
