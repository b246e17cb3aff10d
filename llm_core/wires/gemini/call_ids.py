"""Which calls of a history are sent with an id.

Google matches a result to its call by the id if there is one, else by the name and the order
(https://ai.google.dev/api/caching#FunctionResponse). An id that Google made must be repeated; another one is sent only
where name and order would match a result to the wrong call.
"""

from collections.abc import Iterator, Mapping, Sequence

from llm_core.domain.messages import AssistantMessage, Message, ToolMessage
from llm_core.wires.endpoint import Endpoint
from llm_core.wires.paired_calls import PairedCalls, WireCall


def paired_calls(messages: Sequence[Message], endpoint: Endpoint) -> Iterator[Sequence[WireCall]]:
    """Yield, for each message, the calls that it makes, or the one that it answers."""
    pairs = PairedCalls(messages, endpoint.rules.tool_call_ids)
    for message in messages:
        if isinstance(message, AssistantMessage):
            yield pairs.of(message)
        elif isinstance(message, ToolMessage):
            yield [pairs.answered_by(message)]
        else:
            yield ()


def ids_to_send(messages: Sequence[Message], paired: Sequence[Sequence[WireCall]], provider: str) -> frozenset[str]:
    """Return the ids that are sent, with the calls of *messages*, which are *paired*, and with their results."""
    answers: dict[str, int] = {}
    made: list[Sequence[WireCall]] = []
    for index, (message, calls) in enumerate(zip(messages, paired, strict=True)):
        if isinstance(message, ToolMessage):
            answers.setdefault(calls[0].id, index)
        elif calls:
            made.append(calls)
    sent = {call.id for calls in made for call in calls if _has_own_id(call, provider)}
    return frozenset(sent.union(*(_ambiguous(calls, answers) for calls in made if len(calls) > 1)))


def _has_own_id(call: WireCall, provider: str) -> bool:
    return any(
        data.provider == provider and isinstance(data.value, dict) and "id" in data.value
        for data in call.call.provider_data
    )


def _ambiguous(calls: Sequence[WireCall], answers: Mapping[str, int]) -> set[str]:
    """Return the ids of the calls of one message whose results, among those of one name, come in another order."""
    by_name: dict[str, list[str]] = {}
    for call in calls:
        by_name.setdefault(call.call.name, []).append(call.id)
    ids: set[str] = set()
    for group in by_name.values():
        answered = sorted((id for id in group if id in answers), key=answers.__getitem__)
        if answered != group[: len(answered)]:
            ids.update(group)
    return ids
