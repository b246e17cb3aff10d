"""Settings that a model refuses by their values: left out and named by the direct lane, or refused where asked."""

import attrs
import pytest

from llm_core import ChatRequest, ChatSettings, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.adapters.litellm.config import AdapterConfig
from llm_core.adapters.litellm.model_info import find_model_info
from llm_core.adapters.litellm.prepared_request import PreparedRequest, prepare_request
from llm_core.adapters.litellm.refusals import drop_unsupported
from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.testing import FakeProvider, Recorder, Replies
from llm_core.testing.clauses.modes import EVERY, Mode, call_in_mode

COOL = ChatRequest(messages=[UserMessage("hi")], settings=ChatSettings(temperature=0.2, seed=7))
PICKY = "openai/gpt-5-mini"


def planned(name: str, settings: ChatSettings) -> PreparedRequest:
    request = ChatRequest(messages=[UserMessage("hi")], settings=settings)
    return prepare_request(request, find_model_info(name, None), AdapterConfig(model=name), direct=True)


@pytest.mark.parametrize("mode", EVERY)
def test_a_value_that_the_model_refuses_is_left_out_and_named(mode: Mode) -> None:
    recorder = Recorder()

    with FakeProvider(Replies(), recorder=recorder) as fake_provider:
        seen = call_in_mode(LiteLLMChat(PICKY, api_key="k", api_base=f"{fake_provider.url}/v1"), COOL, mode)

    assert (("temperature",), ChatSettings(seed=7)) == (seen.ignored_settings, recorder.last.settings)


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.call_lane
def test_litellms_own_call_refuses_it(mode: Mode) -> None:
    recorder = Recorder()

    with FakeProvider(Replies(), recorder=recorder) as fake_provider, pytest.raises(UnsupportedFeatureError):
        call_in_mode(LiteLLMChat(PICKY, api_key="k", api_base=f"{fake_provider.url}/v1", lane="call"), COOL, mode)

    assert 0 == recorder.count


def test_what_the_model_takes_stays_as_it_is() -> None:
    told = planned("openai/gpt-4o", ChatSettings(temperature=0.2, stop=["a", "b"]))

    assert told is drop_unsupported(told, unsupported="error")


def test_it_is_refused_by_its_name_where_that_is_asked() -> None:
    with pytest.raises(UnsupportedFeatureError) as caught:
        drop_unsupported(planned(PICKY, ChatSettings(temperature=0.2)), unsupported="error")

    assert "settings.temperature" == caught.value.feature


def test_what_nobody_set_is_not_refused() -> None:
    told = planned(PICKY, ChatSettings())

    assert told is drop_unsupported(told, unsupported="error")


def test_a_model_without_a_config_refuses_nothing() -> None:
    told = planned(PICKY, ChatSettings(temperature=0.2))
    stranger = attrs.evolve(told, model=attrs.evolve(told.model, provider="acme"))

    assert stranger is drop_unsupported(stranger, unsupported="error")
