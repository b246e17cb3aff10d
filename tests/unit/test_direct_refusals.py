"""Settings that a model refuses by their values: left out and named by the direct lane, or refused where asked."""

import attrs
import pytest

from llm_core import ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.adapters.litellm.models import find_model
from llm_core.adapters.litellm.options import Options
from llm_core.adapters.litellm.plan import Plan, plan
from llm_core.adapters.litellm.refusals import without_refused
from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.testing import FarSide, Recorder, Replies
from llm_core.testing.clauses.modes import EVERY, Mode, ask

COOL = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(temperature=0.2, seed=7))
PICKY = "openai/gpt-5-mini"


def planned(name: str, settings: ChatSettings) -> Plan:
    request = ChatRequest(messages=[UserMessage("hi")], settings=settings)
    return plan(request, find_model(name, None), Options(model=name), direct=True)


@pytest.mark.parametrize("mode", EVERY)
def test_a_value_that_the_model_refuses_is_left_out_and_named(mode: Mode) -> None:
    recorder = Recorder()

    with FarSide(Replies(), recorder=recorder) as far_side:
        seen = ask(LiteLLMChat(PICKY, api_key="k", api_base=f"{far_side.url}/v1"), COOL, mode)

    assert (("temperature",), ChatSettings(seed=7)) == (seen.ignored_settings, recorder.last.settings)


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.call_lane
def test_litellms_own_call_refuses_it(mode: Mode) -> None:
    recorder = Recorder()

    with FarSide(Replies(), recorder=recorder) as far_side, pytest.raises(UnsupportedFeatureError):
        ask(LiteLLMChat(PICKY, api_key="k", api_base=f"{far_side.url}/v1", lane="call"), COOL, mode)

    assert 0 == recorder.count


def test_what_the_model_takes_stays_as_it_is() -> None:
    told = planned("openai/gpt-4o", ChatSettings(temperature=0.2, stop=["a", "b"]))

    assert told is without_refused(told, unsupported="error")


def test_it_is_refused_by_its_name_where_that_is_asked() -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        without_refused(planned(PICKY, ChatSettings(temperature=0.2)), unsupported="error")

    assert "settings.temperature" == caught.value.feature


def test_what_nobody_set_is_not_refused() -> None:
    told = planned(PICKY, ChatSettings())

    assert told is without_refused(told, unsupported="error")


def test_a_model_without_a_config_refuses_nothing() -> None:
    told = planned(PICKY, ChatSettings(temperature=0.2))
    stranger = attrs.evolve(told, model=attrs.evolve(told.model, provider="acme"))

    assert stranger is without_refused(stranger, unsupported="error")
