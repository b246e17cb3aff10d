"""LiteLLMChat's call lane over real HTTP in four wire formats; what LiteLLM cannot keep stands here, by promise."""

import pytest

from llm_core.adapters.litellm import LiteLLMChat, litellm_module
from llm_core.testing import SETTINGS, Capabilities, ChatPortContract, Scenario
from llm_core.testing.clauses.modes import EVERY, STREAMS

pytestmark = pytest.mark.call_lane


@pytest.fixture(scope="module", autouse=True)
def _import() -> None:
    litellm_module.litellm()  # seconds, which are no part of any clause's patience


def _all(clause: str, reason: str, *variants: str, modes: tuple[str, ...] = EVERY) -> dict[str, str]:
    """Return one entry for every variant in every one of *modes*."""
    return {f"{clause}[{'-'.join((*variant, mode))}]": reason for variant in _parts(variants) for mode in modes}


def _parts(variants: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [(variant,) for variant in variants] or [()]


WHOLE = ("complete", "acomplete")
AWAITED = ("acomplete", "astream")
REDIRECTS = "LiteLLM's HTTP clients follow redirects, and offer no way to tell them not to"
DRIP = "the sync transport times out between two bytes, so that keep-alives hold it; nothing above it gets a word in"
LINES = "LiteLLM splits a stream where `str.splitlines` does, at U+2028 and U+0085 too, and loses what it splits"
BAD_EVENT = "LiteLLM skips an event that is no JSON, or takes it for the end"
UNKNOWN = "LiteLLM makes a word that it does not know `stop`, and keeps no other"
EFFORTLESS = "LiteLLM tells Ollama whether to think, not how hard"
SYNC_TIMEOUT = "LiteLLM's sync streams from Gemini ignore their timeout"
ENDLESS = "LiteLLM marks every chunk of Gemini's as the last one, so that an end without a finish looks like any other"
FILTERED = "LiteLLM drops what Gemini filtered, and with it why"
WORTHLESS = "LiteLLM refuses an answer of Gemini's without usage"
ESTIMATE = "LiteLLM counts tokens itself where nobody told them"

UNFINISHED = "LiteLLM says `stop` where nobody said why the answer ended"
BESIDE_CALLS = "LiteLLM says `tool_calls` wherever there are calls"
LOOSE = "LiteLLM drops the strictness of Anthropic's tools"

THOUGHTS = "LiteLLM takes what stands between think tags for reasoning"
OWN_KIND = "LiteLLM keeps neither the type nor the code of an error that comes within a stream"
COMMENTS = "LiteLLM takes a comment between events for an event"
MARKED = "LiteLLM has no flag for a result that failed: its words say so, as where a wire has none"
NOTED = "LiteLLM writes a note of its own where a part has no words"

EVERYWHERE = {
    **_all("complete.break-is-an-error", UNFINISHED, "unfinished", modes=WHOLE),
    "error.no-redirect": REDIRECTS,
    **_all("error.one-attempt", REDIRECTS, "redirect"),
    **_all("error.nothing-hangs-on-it", REDIRECTS, "redirect"),
    "stream.break-is-an-error[drip-stream]": DRIP,
    "complete.break-is-an-error[drip-complete]": DRIP,
}
OPENAI = {
    **EVERYWHERE,
    **_all("answer.refusal", "LiteLLM drops the refusal from the chunks of a stream", modes=STREAMS),
    **_all("answer.words", THOUGHTS, "thoughts", modes=WHOLE),
}
OTHERS = {
    **EVERYWHERE,
    **_all("answer.text", LINES, modes=STREAMS),
    **_all("stream.break-is-an-error", BAD_EVENT, "bad_json", modes=STREAMS),
}
ANTHROPIC = {
    **OTHERS,
    **_all("law.stream-equals-complete", LINES, modes=STREAMS),
    "answer.unknown-finish-reason": UNKNOWN,
    "answer.who": "LiteLLM drops Anthropic's name for the answer, and makes up another",
    **_all("answer.usage", ESTIMATE, "in-and-out", "written"),
    **_all("stream.error-has-its-kind", OWN_KIND, "too-many", modes=STREAMS),
    **_all("stream.break-is-an-error", UNFINISHED, "unfinished", modes=STREAMS),
    **_all("error.partial", UNFINISHED, modes=STREAMS),
    **_all("error.nothing-hangs-on-it", BAD_EVENT, "bad json", modes=STREAMS),
    "request.tool-strict": LOOSE,
    **_all("request.media", "LiteLLM drops the name of a document", "file", "file-text"),
    **_all("request.media", "LiteLLM takes the address of a file for the id of one that was uploaded", "file-url"),
    **_all("request.odd-history", NOTED, "empty-part"),
    **_all("request.odd-history", MARKED, "failed-result"),
    "request.invalid-call-goes-back": MARKED,
}
GEMINI = {
    **OTHERS,
    **_all("law.stream-equals-complete", LINES, modes=STREAMS),
    "law.history-arrives": "LiteLLM drops the second of two equal calls",
    **_all("stream.error-has-its-kind", OWN_KIND, "too-many", "quota", "context", modes=STREAMS),
    **_all("stream.framing", COMMENTS, "comments", modes=STREAMS),
    **_all("answer.usage-not-told", WORTHLESS, modes=WHOLE),
    **_all("answer.one-request", WORTHLESS, "no usage", modes=WHOLE),
    "request.tools": "LiteLLM keeps of a schema what OpenAPI has, and drops the rest",
    **_all("request.media", "LiteLLM fetches a file itself, where it is asked to await", "file-url", modes=AWAITED),
    **_all("request.odd-history", "LiteLLM drops a part without words", "empty-part"),
    **_all("request.odd-history", MARKED, "failed-result"),
    "request.invalid-call-goes-back": MARKED,
    **_all("answer.unknown-finish-reason", UNKNOWN, modes=STREAMS),
    **_all("answer.refusal", FILTERED, modes=WHOLE),
    **_all("error.reason", FILTERED, "400-content_policy"),
    "error.silence[stream]": SYNC_TIMEOUT,
    "stream.break-is-an-error[silence-stream]": SYNC_TIMEOUT,
    **_all("stream.break-is-an-error", ENDLESS, "end", "unfinished", modes=STREAMS),
    **_all("error.partial", ENDLESS, modes=STREAMS),
    **_all("answer.cut-beside-calls", BESIDE_CALLS, "length", modes=STREAMS),
    **_all("answer.cut-beside-calls", FILTERED, "content_filter", modes=WHOLE),
    **_all("answer.cut-beside-calls", BESIDE_CALLS, "content_filter", modes=STREAMS),
    **_all("error.one-attempt", BAD_EVENT, "bad json", modes=STREAMS),
    **_all("error.nothing-hangs-on-it", BAD_EVENT, "bad json", modes=STREAMS),
}
OLLAMA = {
    **OTHERS,
    **_all("law.stream-equals-complete", LINES, modes=STREAMS),
    "answer.unknown-finish-reason": UNKNOWN,
    **_all("answer.who", "LiteLLM says which model was asked, not which one answered", modes=WHOLE),
    **_all("answer.usage-not-told", ESTIMATE, modes=WHOLE),
    **_all("answer.words", THOUGHTS, "thoughts", modes=WHOLE),
    **_all("answer.usage", ESTIMATE, "zeros"),
    **_all("answer.cut-beside-calls", BESIDE_CALLS, "length"),
    **_all("request.settings", EFFORTLESS, "reasoning_effort"),
    **_all("error.nothing-hangs-on-it", BAD_EVENT, "bad json", modes=STREAMS),
    **_all("request.together", EFFORTLESS, "settings", "everything"),
    **_all("request.odd-history", "LiteLLM does not tell Ollama which tool a result is of", "other-order"),
    "request.unset-is-not-sent": "LiteLLM lists the pictures of every message, also where there are none",
}


FEW = 8  # of those that the laws draw: each costs LiteLLM new clients


class TestCallLaneOverOpenAI(ChatPortContract):
    other_model = "openai/fake-provider-2"
    xfails = OPENAI
    examples = FEW

    def arrange(self, scenario: Scenario) -> LiteLLMChat:
        fake_provider = self.fake_provider(scenario, dialect="openai_chat")
        return LiteLLMChat(
            "openai/fake-provider-1", api_key=self.planted_key, api_base=f"{fake_provider.url}/v1", lane="call"
        )


class TestCallLaneOverAnthropic(ChatPortContract):
    other_model = "anthropic/claude-haiku-4-5"
    capabilities = Capabilities(
        json_output=False, audio=False, settings=SETTINGS - {"seed", "presence_penalty", "frequency_penalty"}
    )
    xfails = ANTHROPIC
    examples = FEW

    def arrange(self, scenario: Scenario) -> LiteLLMChat:
        url = self.fake_provider(scenario, dialect="anthropic_messages").url
        return LiteLLMChat("anthropic/claude-sonnet-4-5", api_key=self.planted_key, api_base=url, lane="call")


class TestCallLaneOverGemini(ChatPortContract):
    other_model = "gemini/gemini-2.5-pro"
    capabilities = Capabilities(images_by_url=False, settings=SETTINGS - {"parallel_tool_calls", "extra"})
    xfails = GEMINI
    examples = FEW

    def arrange(self, scenario: Scenario) -> LiteLLMChat:
        url = self.fake_provider(scenario, dialect="gemini").url
        return LiteLLMChat("gemini/gemini-2.5-flash", api_key=self.planted_key, api_base=f"{url}/v1beta", lane="call")


class TestCallLaneOverOllama(ChatPortContract):
    other_model = "ollama_chat/llama3.1"
    capabilities = Capabilities(
        tool_choice=False,
        images_by_url=False,
        audio=False,
        files=False,
        settings=SETTINGS - {"parallel_tool_calls", "presence_penalty", "frequency_penalty"},
    )
    xfails = OLLAMA
    examples = FEW

    def arrange(self, scenario: Scenario) -> LiteLLMChat:
        url = self.fake_provider(scenario, dialect="ollama_chat").url
        return LiteLLMChat("ollama_chat/llama3.2", api_key=self.planted_key, api_base=url, lane="call")
