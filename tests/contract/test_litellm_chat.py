"""LiteLLMChat's call lane over real HTTP in four wire formats; clauses that LiteLLM cannot keep are strict xfails.

Each clause is checked in one mode; with LLM_CORE_CALL_LANE_WHOLE=1 in all four, which takes most of an hour.
"""

import gc
import importlib
import os
from collections.abc import Iterator

import pytest

from llm_core.adapters.litellm import LiteLLMChat, litellm_module
from llm_core.testing import SETTINGS, Capabilities, ChatPortContract, Scenario
from llm_core.testing.clauses.hard_requests import HARD_REQUESTS
from llm_core.testing.clauses.managed_clauses import ASYNC as CLOSED_ASYNC
from llm_core.testing.clauses.managed_clauses import SYNC as CLOSED_SYNC
from llm_core.testing.clauses.modes import EVERY, STREAMS, in_two_modes
from tests.litellm_version import IS_NEWER

pytestmark = pytest.mark.call_lane
QUICK = os.environ.get("LLM_CORE_CALL_LANE_WHOLE") != "1"


@pytest.fixture(scope="module", autouse=True)
def _import() -> Iterator[None]:
    litellm_module.litellm()  # takes seconds, which no clause's deadline should include
    importlib.import_module("litellm.litellm_core_utils.default_encoding")  # imported late, and sets a variable
    gc.collect()
    gc.freeze()  # what LiteLLM keeps for ever need not be searched before each test
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _without_the_clients_of_other_tests() -> None:
    """Empty LiteLLM's cache of clients, which finds them by the id of a loop, and closes some when it is full."""
    importlib.import_module("litellm").in_memory_llm_clients_cache.flush_cache()
    gc.collect()  # the clients are reference cycles that hold sockets


def _all(clause: str, reason: str, *variants: str, modes: tuple[str, ...] = EVERY) -> dict[str, str]:
    """Return an xfail entry for each combination of variant and mode."""
    return {f"{clause}[{'-'.join((*variant, mode))}]": reason for variant in _parts(variants) for mode in modes}


def _hard(reason: str, *names: str) -> dict[str, str]:
    """Return an xfail entry for each mode in which a hard value is checked."""
    return {f"{HARD}[{name}-{mode}]": reason for name, mode in in_two_modes(HARD_REQUESTS) if name in names}


def _parts(variants: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [(variant,) for variant in variants] or [()]


ROWS = {  # by a fault of other clauses: the row of error.fields with the same fault
    "error.one-attempt[redirect": "a redirect",
    "error.reason[400-content_policy": "400, blocked by a filter",
    "error.silence[": "silent before the answer",
    "error.nothing-hangs-on-it[hung up": "closed before the answer",
    "error.nothing-hangs-on-it[reset": "reset before the answer",
    "stream.error-has-its-kind[too-many": "an error event, too many",
    "stream.error-has-its-kind[quota": "an error event, quota",
    "cut": "closed within the answer",
    "end": "ended within the answer",
    "unfinished": "no finish reason",
    "silence": "silent within the answer",
    "drip": "keep-alives within the answer",
    "bad_json": "an event that is not JSON",
    "error": "an error event",
    "inner_error": "an error beside the text",
    "failed_finish": "a finish reason that means failure",
}


def _with_rows(xfails: dict[str, str]) -> dict[str, str]:
    """Return *xfails* with the rows of error.fields that have the same faults in the same modes."""
    rows = dict[str, str]()
    for key, reason in xfails.items():
        fault, _, mode = key.rstrip("]").rpartition("[" if key.startswith("error.silence") else "-")
        fault = f"{fault}[" if key.startswith("error.silence") else fault
        row = ROWS.get(fault) or (ROWS.get(fault.partition("[")[2]) if ".break-is-an-error[" in key else None)
        rows |= {f"error.fields[{row}-{mode}]": reason} if row else {}
    return xfails | rows


def _installed(xfails: dict[str, str]) -> dict[str, str]:
    """Return *xfails* as they are for the installed LiteLLM: a newer one keeps some of the promises."""
    return {key: reason for key, reason in xfails.items() if not (IS_NEWER and reason in KEPT_BY_NEWER)}


QUOTA_IN_A_BODY = "LiteLLM makes every error within a whole answer a server error"


UNSTREAMED = ("complete", "acomplete")
ASYNC = ("acomplete", "astream")
SYNC = ("complete", "stream")
REDIRECTS = "LiteLLM's HTTP clients follow redirects, and have no option against it"
DRIP = "the sync transport limits each read only, so that keep-alives postpone the timeout; no caller can interrupt it"
EACH_READ = "the sync transport limits each read only, so that the body has a timeout of its own"
LINES = "LiteLLM splits a stream where `str.splitlines` does, also at U+2028 and U+0085, and loses those events"
BAD_EVENT = "LiteLLM skips an event that is not JSON, or treats it as the end"
UNKNOWN = "LiteLLM replaces an unknown finish reason by `stop`, and drops the raw value"
NO_EFFORT_LEVEL = "LiteLLM keeps only on/off for Ollama, not the effort level"
SYNC_TIMEOUT = "LiteLLM's sync streams from Gemini ignore their timeout"
NO_LAST_CHUNK = (
    "LiteLLM marks every chunk from Gemini as the last one, so that a missing finish reason cannot be detected"
)
FILTERED = "LiteLLM drops a candidate that Gemini filtered, and its finish reason"
NO_USAGE = "LiteLLM refuses an answer from Gemini without usage"
ESTIMATE = "LiteLLM counts tokens itself if the provider reports none"

UNFINISHED = "LiteLLM reports `stop` if the provider reports no finish reason"
BESIDE_CALLS = "LiteLLM reports `tool_calls` whenever there are calls"
INNER_ERROR = "LiteLLM drops an error within a choice"
FAILED_FINISH = "LiteLLM reports `stop` for a finish reason of a stream that it does not know"
NOT_STRICT = "LiteLLM drops the strict flag of Anthropic's tools"

THINK_TAGS = "LiteLLM treats text between think tags as reasoning"
STREAM_ERROR = "LiteLLM keeps neither the type nor the code of an error within a stream"
COMMENTS = "LiteLLM treats a comment between events as an event"
ITS_CLIENTS = "LiteLLM keeps its clients for the whole process"
BEGUN_EARLY = "LiteLLM returns a stream from Gemini before it sends the request, so that a hang-up looks like a break"
SENT_AGAIN = "LiteLLM's async client sends a request again on a new connection where the old one was reset"
COOKIES = "the HTTP clients of LiteLLM, which all calls share, keep cookies"
CONTEXT = "LiteLLM sets `session_id` and `trace_id` in the caller's context variables"
DEBUG = "LiteLLM logs the messages of each call at DEBUG"
ERROR_PREFIX = "LiteLLM has no error flag for tool results, so the content is sent as `Error: ...`"
PLACEHOLDER = "LiteLLM replaces empty text by a note of its own"
PLACEHOLDER_BESIDE_CALLS = f"{PLACEHOLDER}, also beside calls"

MADE_UP = "LiteLLM makes up a response id, and takes the model from the request, where the provider sends none"
OWN_WORDS = "LiteLLM replaces the provider's finish reason by OpenAI's"
REFUSED = "LiteLLM replaces Anthropic's finish reason `refusal` by OpenAI's"
CHANGED = "LiteLLM changes fields of an answer: finish reasons, a missing id, model or usage, ids of calls"
ERRORS = "LiteLLM chooses some error classes itself, by status or message, and keeps only some headers and events"
SCHEMA_KEYWORDS = "LiteLLM drops the schema keywords that it does not know, or moves them to descriptions"
KEYWORDS_AS_NAMES = "LiteLLM takes properties for keywords of their names"
SURPLUS = "httpx takes bytes behind an answer for the next one"
OPEN_BODY = "LiteLLM reads on until the body ends"
NULLS = "LiteLLM drops null from the fields of `extra`"
BESIDE_THE_RESULT = "LiteLLM 1.110 sends the image of a result beside it, without the tool's name, before Gemini 3"
KEPT_BY_NEWER = frozenset({LINES, SENT_AGAIN, SYNC_TIMEOUT, PLACEHOLDER_BESIDE_CALLS, REFUSED})
"""What LiteLLM 1.110 does right: only LF and CR end a line, no request is sent twice, sync streams have a timeout,
no note stands beside calls, and a refusal keeps its word."""

HARD = "law.hard-values-arrive"
OUTPUT_NAMES = ("output schema: keywords as names", "output schema: keywords as names, nested")
TOOL_NAMES = ("tool schema: keywords as names", "tool schema: keywords as names, nested")

EMPTY_STREAM = "LiteLLM makes up the end of a stream, so that an empty answer looks like a body that is no answer"
JOINED = "LiteLLM joins the parts of reasoning, and drops the signatures between them"
COUNTED = "LiteLLM counts the tokens of the reasoning itself"
REORDERED = "LiteLLM's messages hold reasoning, text and calls apart, in no order"
NO_END = "LiteLLM makes up the end of a stream that has none"
OTHER_WORDS = "LiteLLM's words about an error in the middle of an answer are others in async"
EVERYWHERE = {
    **_all("quiet.context", CONTEXT),
    "error.one-value[unfinished-complete]": UNFINISHED,
    "law.colours-agree": CHANGED,
    **_all("complete.break-is-an-error", UNFINISHED, "unfinished", modes=UNSTREAMED),
    "quiet.log": DEBUG,
    **{f"adapter.close[{how}-async]": ITS_CLIENTS for how in (*CLOSED_SYNC, *CLOSED_ASYNC)},
    "timeout.bounds[keep-alives-complete]": DRIP,
    "timeout.bounds[keep-alives-stream]": DRIP,
    **_all("timeout.bounds", DRIP, "within the head", modes=SYNC),
    "error.no-redirect": REDIRECTS,
    **_all("error.one-attempt", REDIRECTS, "redirect"),
    **_all("error.nothing-hangs-on-it", REDIRECTS, "redirect"),
    "stream.break-is-an-error[drip-stream]": DRIP,
    **_all("error.fields", DRIP, "chunks without text within the answer", modes=SYNC),
    **_all("timeout.covers-all-phases", EACH_READ, modes=SYNC),
    "complete.break-is-an-error[drip-complete]": DRIP,
    "connection.bytes-behind-an-answer[complete]": SURPLUS,
}
OPENAI = {
    "error.one-value[event-complete]": OTHER_WORDS,
    **EVERYWHERE,
    **_all("answer.null-content", EMPTY_STREAM, modes=STREAMS),
    "law.stream-equals-complete": CHANGED,
    "answer.unnamed": MADE_UP,
    **_all("request.no-cookie", COOKIES, modes=SYNC),
    **_all("stream.break-is-an-error", INNER_ERROR, "inner_error", modes=STREAMS),
    **_all("stream.break-is-an-error", FAILED_FINISH, "failed_finish", modes=STREAMS),
    **_all("complete.break-is-an-error", INNER_ERROR, "inner_error", modes=UNSTREAMED),
    **_all("complete.error-beside-text", INNER_ERROR, "inner_error", modes=UNSTREAMED),
    **_all("answer.refusal", "LiteLLM drops the refusal from the chunks of a stream", modes=STREAMS),
    **_all("answer.words", THINK_TAGS, "thoughts", modes=UNSTREAMED),
}
OTHERS = {
    **EVERYWHERE,
    **{f"adapter.close[{how}-sync]": ITS_CLIENTS for how in (*CLOSED_SYNC, *CLOSED_ASYNC)},
    **_all("error.one-attempt-later", SENT_AGAIN, "reset", modes=ASYNC),
    **_all("error.one-attempt", SENT_AGAIN, "reset", modes=ASYNC),
    **_all("error.nothing-hangs-on-it", SENT_AGAIN, "reset", modes=ASYNC),
    **_all("error.prompt-not-shown", SENT_AGAIN, "reset", modes=ASYNC),
    **_all("answer.text", LINES, modes=STREAMS),
    **_all("stream.break-is-an-error", BAD_EVENT, "bad_json", modes=STREAMS),
    **_all("error.one-attempt", BAD_EVENT, "bad json", modes=STREAMS),
}
ANTHROPIC = {
    **_all("answer.reasoning-parts", COUNTED, "in-a-row", "around-text", "around-calls", "repeated"),
    **_all("request.replay-order", REORDERED),
    "error.one-value[unfinished-stream]": NO_END,
    **OTHERS,
    **_hard("LiteLLM leaves the effort none out", "effort: none"),
    **_all("answer.null-content", EMPTY_STREAM, modes=STREAMS),
    **_all("request.no-cookie", COOKIES, modes=SYNC),
    **_all("law.error-arrives", ERRORS, modes=STREAMS),
    **_all("answer.raw-finish-reason", OWN_WORDS, "stop", "length"),
    **_all("answer.raw-finish-reason", REFUSED, "content_filter"),
    **_all("answer.unnamed", MADE_UP, modes=STREAMS),
    **_all("law.stream-equals-complete", CHANGED, modes=STREAMS),
    "answer.unknown-finish-reason": UNKNOWN,
    **_all("answer.null-content", "LiteLLM reports 0 reasoning tokens where none were reported", modes=UNSTREAMED),
    "answer.who": "LiteLLM drops Anthropic's response id, and generates another",
    **_all("answer.usage", ESTIMATE, "in-and-out", "written"),
    "error.own": "LiteLLM reports 0 reasoning tokens where none were reported",
    **_all("stream.error-has-its-kind", STREAM_ERROR, "too-many", modes=STREAMS),
    **_all("stream.break-is-an-error", UNFINISHED, "unfinished", modes=STREAMS),
    **_all("error.partial", UNFINISHED, modes=STREAMS),
    **_all("error.nothing-hangs-on-it", BAD_EVENT, "bad json", modes=STREAMS),
    "request.tool-strict": NOT_STRICT,
    **_all("request.media", "LiteLLM drops the name of a document", "file", "file-text"),
    **_all("request.media", "LiteLLM sends the URL of a file as the id of an uploaded file", "file-url"),
    **_all("request.odd-history", PLACEHOLDER, "empty-part", "empty-answer"),
    "law.request-arrives": KEYWORDS_AS_NAMES,
    **_all("law.answer-goes-back", LINES, modes=STREAMS),
    **_hard(PLACEHOLDER, "empty messages"),
    **_hard(PLACEHOLDER_BESIDE_CALLS, "odd texts beside calls"),
    **_hard(SCHEMA_KEYWORDS, "tool schema: keywords", "tool schema: long", "output schema: keywords"),
    **_hard(KEYWORDS_AS_NAMES, *OUTPUT_NAMES),
    **_hard("LiteLLM renames tools whose name Anthropic would refuse", "odd names"),
    **_hard("LiteLLM cuts the name of a tool to 128 characters", "too long names", "choice of a too long name"),
    **_hard(ERROR_PREFIX, "empty failed result", "failed result of parts", "invalid calls"),
    **_hard(NULLS, "extra: null", "extra: nulls"),
    **_all("request.odd-history", ERROR_PREFIX, "failed-result"),
    "request.invalid-call-goes-back": ERROR_PREFIX,
}
GEMINI = {
    **_all("answer.reasoning-parts", JOINED, "around-text", "around-calls", "repeated"),
    **_all("request.replay-order", REORDERED),
    "error.one-value[unfinished-stream]": NO_END,
    **OTHERS,
    **_all("answer.null-content", EMPTY_STREAM, modes=STREAMS),
    "connection.bytes-behind-an-answer[stream]": SURPLUS,
    **_all("connection.open-body", OPEN_BODY, modes=STREAMS),
    **_all("error.prompt-not-shown", BAD_EVENT, "bad json", modes=STREAMS),
    "law.error-arrives": ERRORS,
    "answer.unnamed": MADE_UP,
    **_all("answer.raw-finish-reason", OWN_WORDS, "content_filter", modes=UNSTREAMED),
    **_all("answer.raw-finish-reason", OWN_WORDS, "stop", "length", "content_filter", modes=STREAMS),
    **_all("law.stream-equals-complete", CHANGED, modes=STREAMS),
    **_all("stream.error-has-its-kind", STREAM_ERROR, "too-many", "quota", "context", modes=STREAMS),
    **_all("stream.framing", COMMENTS, "comments", modes=STREAMS),
    **_all("answer.usage-not-told", NO_USAGE, modes=UNSTREAMED),
    **_all("answer.one-request", NO_USAGE, "no usage", modes=UNSTREAMED),
    "request.tools": "LiteLLM drops the schema keywords that OpenAPI does not have",
    **_all("request.media", "LiteLLM downloads a file itself in async calls", "file-url", modes=ASYNC),
    **_all("request.odd-history", "LiteLLM drops an empty text part", "empty-part"),
    "law.request-arrives": KEYWORDS_AS_NAMES,
    **_hard(SCHEMA_KEYWORDS, "tool schema: keywords"),
    **_hard(KEYWORDS_AS_NAMES, *TOOL_NAMES, *OUTPUT_NAMES),
    **_hard("LiteLLM drops the second of two equal calls", "equal calls"),
    **_hard(ERROR_PREFIX, "empty failed result", "failed result of parts", "invalid calls"),
    **_all("request.odd-history", ERROR_PREFIX, "failed-result"),
    "request.invalid-call-goes-back": ERROR_PREFIX,
    **_all("answer.unknown-finish-reason", UNKNOWN, modes=STREAMS),
    **_all("answer.refusal", FILTERED, modes=UNSTREAMED),
    **_all("error.reason", FILTERED, "400-content_policy"),
    "error.silence[stream]": SYNC_TIMEOUT,
    "timeout.counts-from-the-work[stream]": SYNC_TIMEOUT,
    "close.other-thread[for the first event]": SYNC_TIMEOUT,
    "adapter.close-ends-calls[stream]": SYNC_TIMEOUT,
    **_all("error.nothing-hangs-on-it", BEGUN_EARLY, "hung up", "reset", modes=STREAMS),
    **_all("error.one-attempt-later", BEGUN_EARLY, "close", "reset", modes=STREAMS),
    **_all("error.own", BEGUN_EARLY, modes=STREAMS),
    **_all(
        "timeout.bounds", SYNC_TIMEOUT, "before the head", "before the body", "within the answer", modes=("stream",)
    ),
    "stream.break-is-an-error[silence-stream]": SYNC_TIMEOUT,
    **_all("stream.break-is-an-error", NO_LAST_CHUNK, "end", "unfinished", modes=STREAMS),
    **_all("error.partial", NO_LAST_CHUNK, modes=STREAMS),
    **_all("answer.cut-beside-calls", BESIDE_CALLS, "length", modes=STREAMS),
    **_all("answer.cut-beside-calls", FILTERED, "content_filter", modes=UNSTREAMED),
    **_all("answer.cut-beside-calls", BESIDE_CALLS, "content_filter", modes=STREAMS),
    **_all("error.nothing-hangs-on-it", BAD_EVENT, "bad json", modes=STREAMS),
    **_all("error.one-attempt", BEGUN_EARLY, "hung up", "reset", modes=STREAMS),
}
OLLAMA = {
    "error.one-value[event-complete]": OTHER_WORDS,
    **OTHERS,
    "error.one-value[html-complete]": "LiteLLM's words about the body of an error hold its traceback",
    **_hard(
        "LiteLLM sends Ollama two efforts alone",
        *(f"effort: {effort}" for effort in ("minimal", "low", "high", "xhigh", "max")),
    ),
    "connection.bytes-behind-an-answer[stream]": SURPLUS,
    **_all("connection.open-body", OPEN_BODY, modes=STREAMS),
    "request.no-cookie[complete]": COOKIES,
    **_all("answer.unnamed", MADE_UP, modes=STREAMS),
    **_all("law.stream-equals-complete", CHANGED, modes=STREAMS),
    "answer.unknown-finish-reason": UNKNOWN,
    **_all("answer.who", "LiteLLM reports the requested model, not the one that answered", modes=UNSTREAMED),
    **_all("answer.usage-not-told", ESTIMATE, modes=UNSTREAMED),
    **_all("answer.words", THINK_TAGS, "thoughts", modes=UNSTREAMED),
    **_all("answer.usage", ESTIMATE, "zeros"),
    **_all("answer.cut-beside-calls", BESIDE_CALLS, "length"),
    **_all("request.settings", NO_EFFORT_LEVEL, "reasoning_effort"),
    **_all("error.nothing-hangs-on-it", BAD_EVENT, "bad json", modes=STREAMS),
    **_all("request.together", NO_EFFORT_LEVEL, "settings", "everything"),
    **_all("request.odd-history", "LiteLLM does not send Ollama the tool name of a result", "other-order"),
    "law.request-arrives": NULLS,
    "law.answer-goes-back": "LiteLLM does not send Ollama the reasoning of earlier answers",
    **_hard(NULLS, "extra: null", "extra: nulls"),
    "request.unset-is-not-sent": "LiteLLM sends a list of images with every message, also an empty one",
}

if IS_NEWER:
    GEMINI |= _all("request.result-media", BESIDE_THE_RESULT)

FEW = 8  # generated examples per property clause: LiteLLM makes new clients for each


class TestCallLaneOverOpenAI(ChatPortContract):
    quick = QUICK
    other_model = "openai/fake-provider-2"
    capabilities = Capabilities(closes_from_other_threads=False)
    xfails = _installed(
        _with_rows(OPENAI) | _all("error.fields", QUOTA_IN_A_BODY, "an error event, quota", modes=UNSTREAMED)
    )
    examples = FEW

    def arrange(self, scenario: Scenario) -> LiteLLMChat:
        fake_provider = self.fake_provider(scenario, dialect="openai_chat")
        return LiteLLMChat(
            "openai/fake-provider-1", api_key=self.planted_key, api_base=f"{fake_provider.url}/v1", lane="call"
        )


class TestCallLaneOverAnthropic(ChatPortContract):
    quick = QUICK
    other_model = "anthropic/claude-haiku-4-5"
    capabilities = Capabilities(
        json_output=False,
        audio=False,
        settings=SETTINGS - {"seed", "presence_penalty", "frequency_penalty"},
        closes_from_other_threads=False,
    )
    xfails = _installed(_with_rows(ANTHROPIC))
    examples = FEW

    def arrange(self, scenario: Scenario) -> LiteLLMChat:
        url = self.fake_provider(scenario, dialect="anthropic_messages").url
        return LiteLLMChat("anthropic/claude-sonnet-4-5", api_key=self.planted_key, api_base=url, lane="call")


class TestCallLaneOverGemini(ChatPortContract):
    quick = QUICK
    other_model = "gemini/gemini-2.5-pro"
    capabilities = Capabilities(
        images_by_url=False, settings=SETTINGS - {"parallel_tool_calls", "extra"}, closes_from_other_threads=False
    )
    xfails = _installed(
        _with_rows(GEMINI)
        | _all("error.fields", QUOTA_IN_A_BODY, "an error event, quota", "an error event, too many", modes=UNSTREAMED)
    )
    examples = FEW

    def arrange(self, scenario: Scenario) -> LiteLLMChat:
        url = self.fake_provider(scenario, dialect="gemini").url
        return LiteLLMChat("gemini/gemini-2.5-flash", api_key=self.planted_key, api_base=f"{url}/v1beta", lane="call")


class TestCallLaneOverOllama(ChatPortContract):
    quick = QUICK
    other_model = "ollama_chat/llama3.1"
    capabilities = Capabilities(
        tool_choice=False,
        images_by_url=False,
        audio=False,
        files=False,
        settings=SETTINGS - {"parallel_tool_calls", "presence_penalty", "frequency_penalty"},
        closes_from_other_threads=False,
    )
    xfails = _installed(_with_rows(OLLAMA))
    examples = FEW

    def arrange(self, scenario: Scenario) -> LiteLLMChat:
        url = self.fake_provider(scenario, dialect="ollama_chat").url
        return LiteLLMChat("ollama_chat/llama3.2", api_key=self.planted_key, api_base=url, lane="call")
