"""Which calls of a history are sent with an id.

Google matches a result to its call by the id if there is one, else by the name and the order
(https://ai.google.dev/api/caching#FunctionResponse). An id that Google made must be repeated; another one is sent only
where name and order would match a result to the wrong call.
"""

from collections.abc import Mapping, Sequence

from llm_core.wires.paired_calls import PairedCalls, WireCall


def ids_to_send(pairs: PairedCalls, provider: str) -> frozenset[str]:
    """Return the ids that are sent, with the calls and with their results."""
    answers: dict[str, int] = {}
    for index, answered in pairs.results.items():
        answers.setdefault(answered.id, index)
    sent: set[str] = set()
    for calls in pairs.calls.values():
        sent.update(call.id for call in calls if _has_own_id(call, provider))
        if len(calls) > 1:
            sent.update(_ambiguous(calls, answers))
    return frozenset(sent)


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
