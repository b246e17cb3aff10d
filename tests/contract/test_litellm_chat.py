"""LiteLLMChat keeps the contract over real HTTP, in the wire format of OpenAI chat completions."""

import gc
from collections.abc import Iterator

import pytest

from llm_core.adapters.litellm import LiteLLMChat
from llm_core.testing import ChatPortContract, Scenario
from llm_core.testing.modes import EVERY, STREAMS

# LiteLLM keeps a client for each event loop and timeout until the process ends; each clause runs a loop of its own.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module", autouse=True)
def _let_go_of_the_clients() -> Iterator[None]:
    yield
    import litellm  # not before the adapter has: it knows how to import it quietly

    litellm.in_memory_llm_clients_cache.flush_cache()
    gc.collect()


REDIRECTS = "LiteLLM's HTTP clients follow redirects, and offer no way to tell them not to"
DRIP = "the sync transport times out between two bytes, so that keep-alives hold it; nothing above it gets a word in"
XFAILS = {
    "error.no-redirect": REDIRECTS,
    **{f"error.one-attempt[redirect-{mode}]": REDIRECTS for mode in EVERY},
    **{f"error.nothing-hangs-on-it[redirect-{mode}]": REDIRECTS for mode in EVERY},
    "stream.break-is-an-error[drip-stream]": DRIP,
    "complete.break-is-an-error[drip-complete]": DRIP,
    **{f"answer.refusal[{mode}]": "LiteLLM drops the refusal from the chunks of a stream" for mode in STREAMS},
}


class TestLiteLLMChatOverOpenAI(ChatPortContract):
    other_model = "openai/far-side-2"
    xfails = XFAILS

    def arrange(self, scenario: Scenario) -> LiteLLMChat:
        far_side = self.far_side(scenario, dialect="openai_chat")
        return LiteLLMChat("openai/far-side-1", api_key=self.planted_key, api_base=f"{far_side.url}/v1")
