"""What the groups of clauses are about: the part of an id before the dot."""

from collections.abc import Mapping
from types import MappingProxyType

AREAS: Mapping[str, str] = MappingProxyType(
    {
        "answer": "What the provider answers arrives whole: text, reasoning, calls, finish reason, usage, price, ids.",
        "request": "What the caller sets reaches the provider unchanged, or is refused before anything is sent.",
        "error": "Each failure is the error class that it stands for, with its fields, and shows no secret.",
        "stream": "Events come in order and as they arrive, end with exactly one `StreamEnd`, and never end short.",
        "complete": "An answer that breaks off is never a short success without streaming either.",
        "law": "The same promises for values that the contract draws: long, odd, empty and repeated ones.",
        "share": "Threads, tasks and event loops use one adapter at once, without mixing or hoarding.",
        "quiet": "A call writes, logs and warns nothing of its own, and changes nothing that the process shares.",
        "timeout": "The timeout covers every phase of a call, and nothing but the provider's time.",
        "close": "Leaving a sync stream in any way frees its connection at once.",
        "aclose": "Leaving an async stream in any way frees its connection at once.",
        "cancel": "Cancelling a task frees the connection of its call at once.",
        "after": "After failures, interrupts and early ends the adapter answers the next call.",
        "connection": "A connection that is no longer sound is not used for another call.",
        "adapter": "Closing the adapter frees every connection and thread, and ends the calls that wait.",
        "call": "A call works wherever it is made.",
        "live": "What can be checked of a real endpoint.",
        "own": "The adapter's own tests beside the clauses.",
    }
)
