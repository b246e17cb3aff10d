"""The scenarios that a dialect must play where it claims to express them, and the fields that it must carry."""

from collections.abc import Mapping
from typing import get_args

import attrs

from llm_core.domain.responses import FinishReason
from llm_core.domain.usage import Usage
from llm_core.testing.clauses.sample_requests import HARD_TEXT
from llm_core.testing.scenarios import (
    Breaks,
    Call,
    CallLayout,
    Echoes,
    Fails,
    Framing,
    Replies,
    Scenario,
    Thought,
    interleaved,
)

CALL = Call(id="call_1", name="get_weather", arguments_text='{"city" :  "Oslo"}')
_ROME = attrs.evolve(CALL, arguments_text='{"city": "Rome"}')
_CALLS = (CALL, Call(id="call_2", name="get_time", arguments_text='{"zone": "UTC"}'))
_USAGE = Usage(input_tokens=70, output_tokens=50)
PLAIN = Replies(text="A plain answer.", usage=_USAGE)
CALLING = Replies(text="Looking.", calls=[CALL], usage=_USAGE)

ANSWERS: Mapping[str, Replies] = {
    "text": PLAIN,
    "hard text": Replies(text=HARD_TEXT),
    "empty text": Replies(text=""),
    "no content": Replies(text=None),
    "reasoning": Replies(reasoning="Well, well."),
    "signed reasoning": Replies(reasoning="Well.", signature="c2lnbmVk"),
    "reasoning in parts": interleaved(Thought("Well."), "It rains, ", Thought("Hm."), "I think.", Thought("So.")),
    "a refusal": Replies(text=None, refusal="No."),
    "a call": CALLING,
    "a call without text": Replies(text=None, calls=[CALL]),
    "a call without an id": Replies(text=None, calls=[attrs.evolve(CALL, id=None)]),
    "a call without arguments": Replies(text=None, calls=[attrs.evolve(CALL, arguments_text="")]),
    "arguments that are not JSON": Replies(text=None, calls=[attrs.evolve(CALL, arguments_text='{"city": "Os')]),
    "no usage": Replies(usage=None),
    "usage of zero": Replies(usage=Usage(input_tokens=0, output_tokens=0)),
    "every token count": Replies(
        usage=attrs.evolve(_USAGE, cache_read_tokens=30, cache_write_tokens=20, reasoning_tokens=10)
    ),
    "counting": Replies(counting=True),
    "no id": Replies(id=None),
    "no finish reason": Replies(finish_reason=None),
    "a finish reason of the provider's": Replies(finish_reason="wombat"),
    **{f"finish reason: {reason}": Replies(finish_reason=reason) for reason in FinishReason},
    **{f"calls: {layout}": Replies(text=None, calls=_CALLS, call_layout=layout) for layout in get_args(CallLayout)},
    **{f"framing: {framing}": Replies(framing=framing) for framing in get_args(Framing)},
}


_CACHED = attrs.evolve(_USAGE, cache_read_tokens=30, reasoning_tokens=10)
_WRITTEN = attrs.evolve(_USAGE, cache_write_tokens=20)
_SIGNED = attrs.evolve(CALLING, reasoning="Well.", signature="c2lnbmVk")


def _usages(one: Usage, other: Usage) -> tuple[Replies, Replies]:
    return attrs.evolve(PLAIN, usage=one), attrs.evolve(PLAIN, usage=other)


# Pairs of answers that differ in one field: either both the wire and `visible` carry it, or neither.
FIELDS: Mapping[str, tuple[Replies, Replies]] = {
    "text": (PLAIN, attrs.evolve(PLAIN, text="Another answer.")),
    "reasoning": (PLAIN, attrs.evolve(PLAIN, reasoning="Well, well.")),
    "signature": (_SIGNED, attrs.evolve(_SIGNED, signature="b3RoZXI=")),
    "the order of reasoning and text": (
        interleaved(Thought("Well."), "It rains, ", Thought("Hm."), "I think."),
        interleaved("It rains, ", Thought("Well."), "I think.", Thought("Hm.")),
    ),
    "refusal": (Replies(text=None, refusal="No."), Replies(text=None, refusal="Never.")),
    "id": (PLAIN, attrs.evolve(PLAIN, id="answer-2")),
    "model": (PLAIN, attrs.evolve(PLAIN, model="fake-provider-2")),
    "finish_reason": (PLAIN, attrs.evolve(PLAIN, finish_reason=FinishReason.LENGTH)),
    "a call": (PLAIN, attrs.evolve(PLAIN, calls=[CALL])),
    "a call's id": (CALLING, attrs.evolve(CALLING, calls=[attrs.evolve(CALL, id="call_2")])),
    "a call's name": (CALLING, attrs.evolve(CALLING, calls=[attrs.evolve(CALL, name="get_time")])),
    "a call's arguments": (
        CALLING,
        attrs.evolve(CALLING, calls=[attrs.evolve(CALL, arguments_text='{"city": "Rome"}')]),
    ),
    "usage.input_tokens": _usages(_USAGE, attrs.evolve(_USAGE, input_tokens=71)),
    "usage.output_tokens": _usages(_USAGE, attrs.evolve(_USAGE, output_tokens=51)),
    "usage.cache_read_tokens": _usages(_CACHED, attrs.evolve(_CACHED, cache_read_tokens=31)),
    "usage.cache_write_tokens": _usages(_WRITTEN, attrs.evolve(_WRITTEN, cache_write_tokens=21)),
    "usage.reasoning_tokens": _usages(_CACHED, attrs.evolve(_CACHED, reasoning_tokens=11)),
}

FAILURES: Mapping[str, Fails] = {
    **{f"status {status}": Fails(status=status) for status in (400, 401, 403, 404, 429, 500, 503)},
    "a wait": Fails(status=429, retry_after=7.0),
    "context_window": Fails(status=400, reason="context_window"),
    "content_policy": Fails(status=400, reason="content_policy"),
    "quota": Fails(status=429, reason="quota"),
}

# A dialect that excludes one of these has too little left to test an adapter with.
BASIC: Mapping[str, Scenario] = {
    "text": PLAIN,
    "an echo": Echoes(),
    "status 500": Fails(status=500),
    "a break: cut": Breaks(how="cut"),
}
