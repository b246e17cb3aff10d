"""Broken adapters that lose precise, empty or null settings, and those that break a law of whole requests."""

import attrs

from llm_core import (
    AssistantMessage,
    ChatPort,
    ChatRequest,
    ChatResponse,
    ChatSettings,
    Message,
    ToolMessage,
    UnsupportedFeatureError,
)
from llm_core.domain.json_values import JsonValue

from .changing_values import ARRIVES, Json, with_extra, without_nulls
from .mutating import Mutated, in_memory, with_messages, with_settings


@in_memory(ARRIVES, shows="settings.extra.service_note: expected None, seen nothing", name="extra: null")
def drops_null_from_extra(chat: ChatPort) -> ChatPort:
    return with_settings(chat, lambda settings: attrs.evolve(settings, extra=_object_without_nulls(settings.extra)))


def _object_without_nulls(value: Json) -> Json:
    return {key: item for key, item in value.items() if item is not None}


@in_memory(ARRIVES, shows="settings.extra.service_note.b.c: expected None, seen nothing", name="extra: nulls")
def drops_nested_nulls_from_extra(chat: ChatPort) -> ChatPort:
    return with_extra(chat, without_nulls)


@in_memory(ARRIVES, shows="settings.extra.service_note.a.list: expected [], seen nothing", name="extra: empty")
def drops_empty_lists_from_extra(chat: ChatPort) -> ChatPort:
    def drop(value: JsonValue) -> JsonValue:
        return {key: item for key, item in value.items() if item != []} if isinstance(value, dict) else value

    return with_extra(chat, drop)


@in_memory(ARRIVES, shows="service_note.a: expected 0.30000000000000004, seen 0.3", name="extra: numbers")
def rounds_numbers_of_extra_to_six_digits(chat: ChatPort) -> ChatPort:
    return with_extra(chat, lambda value: round(value, 6) if isinstance(value, float) else value)


@in_memory(ARRIVES, shows="service_note.c: expected 9007199254740993, seen 9007199254740992", name="extra: numbers")
def reads_integers_of_extra_as_floats(chat: ChatPort) -> ChatPort:
    return with_extra(chat, lambda value: int(float(value)) if type(value) is int else value)


@in_memory(ARRIVES, shows="settings.extra.service_note.f: expected True, seen 1", name="extra: numbers")
def sends_true_as_one_in_extra(chat: ChatPort) -> ChatPort:
    return with_extra(chat, lambda value: int(value) if isinstance(value, bool) else value)


@in_memory(ARRIVES, shows="service_note.e: expected 1.0, seen 1", name="extra: numbers")
def sends_whole_floats_as_integers_in_extra(chat: ChatPort) -> ChatPort:
    return with_extra(chat, lambda value: int(value) if isinstance(value, float) and value.is_integer() else value)


@in_memory(ARRIVES, shows="settings.extra.X_a: expected 4, seen nothing", name="extra: odd keys")
def lowers_the_keys_of_extra(chat: ChatPort) -> ChatPort:
    def lower(value: JsonValue) -> JsonValue:
        return {key.lower(): item for key, item in value.items()} if isinstance(value, dict) else value

    return with_extra(chat, lower)


@in_memory(
    ARRIVES, shows="temperature: expected 0.30000000000000004, seen 0.3", name="temperature: 0.30000000000000004"
)
def rounds_the_temperature(chat: ChatPort) -> ChatPort:
    def round_it(settings: ChatSettings) -> ChatSettings:
        temperature = settings.temperature
        return attrs.evolve(settings, temperature=None if temperature is None else round(temperature, 6))

    return with_settings(chat, round_it)


@in_memory(
    ARRIVES, shows="settings.seed: expected 9007199254740993, seen 9007199254740992", name="seed: 9007199254740993"
)
def sends_the_seed_as_a_float(chat: ChatPort) -> ChatPort:
    def as_float(settings: ChatSettings) -> ChatSettings:
        return attrs.evolve(settings, seed=None if settings.seed is None else int(float(settings.seed)))

    return with_settings(chat, as_float)


@in_memory(ARRIVES, shows="settings.stop[1]: expected ' END', seen 'END'", name="stops")
def strips_spaces_from_stop_sequences(chat: ChatPort) -> ChatPort:
    return with_settings(
        chat, lambda settings: attrs.evolve(settings, stop=[stop.strip(" ") for stop in settings.stop])
    )


@in_memory("law.foreign-history-arrives", shows="messages[1].reasoning: expected")
def drops_the_reasoning_of_earlier_answers(chat: ChatPort) -> ChatPort:
    def drop(message: Message) -> Message:
        return attrs.evolve(message, reasoning=()) if isinstance(message, AssistantMessage) else message

    return with_messages(chat, drop)


@in_memory("law.foreign-history-arrives", shows="messages[1].tool_calls: expected")
def drops_calls_of_other_providers(chat: ChatPort) -> ChatPort:
    def drop(request: ChatRequest) -> ChatRequest:
        messages = [
            attrs.evolve(one, tool_calls=[call for call in one.tool_calls if not call.provider_data])
            if isinstance(one, AssistantMessage)
            else one
            for one in request.messages
        ]
        kept = {call.id for one in messages if isinstance(one, AssistantMessage) for call in one.all_tool_calls}
        return attrs.evolve(
            request,
            messages=[one for one in messages if not isinstance(one, ToolMessage) or one.tool_call_id in kept],
        )

    return Mutated(chat, on_request=drop)


@in_memory("law.answer-goes-back", shows="messages[1].content: ")
def strips_earlier_answers(chat: ChatPort) -> ChatPort:
    def strip(message: Message) -> Message:
        if isinstance(message, AssistantMessage):
            return attrs.evolve(message, content=message.content.strip())
        return message

    return with_messages(chat, strip)


@in_memory("law.answer-goes-back", shows="messages[1].reasoning: expected")
def drops_the_reasoning_of_all_answers_but_the_last(chat: ChatPort) -> ChatPort:
    def drop(request: ChatRequest) -> ChatRequest:
        answers = [index for index, one in enumerate(request.messages) if isinstance(one, AssistantMessage)]
        messages = [
            attrs.evolve(one, reasoning=()) if isinstance(one, AssistantMessage) and index != answers[-1] else one
            for index, one in enumerate(request.messages)
        ]
        return attrs.evolve(request, messages=messages)

    return Mutated(chat, on_request=drop)


@in_memory("request.together", shows="settings.temperature: expected nothing, seen 0.25", what="settings")
def names_a_setting_as_ignored_that_it_sends(chat: ChatPort) -> ChatPort:
    def name_it(response: ChatResponse) -> ChatResponse:
        return attrs.evolve(response, ignored_settings=("temperature",))

    return Mutated(chat, on_response=name_it)


@in_memory("law.request-arrives", shows="ignored_settings names what the request does not set: ['seed']")
def names_a_setting_as_ignored_that_is_not_set(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_response=lambda response: attrs.evolve(response, ignored_settings=("seed",)))


@in_memory("law.request-arrives", shows="that `capabilities` claims were refused; see request.together")
def refuses_most_requests(chat: ChatPort) -> ChatPort:
    def refuse(request: ChatRequest) -> ChatRequest:
        if len(request.messages) > 1 or request.tools or request.settings != ChatSettings():
            raise UnsupportedFeatureError(feature="this request")
        return request

    return Mutated(chat, on_request=refuse)


@in_memory(ARRIVES, shows="reasoning_effort: expected 'minimal', seen 'low'", name="effort: minimal")
def sends_the_least_effort_as_low(chat: ChatPort) -> ChatPort:
    def raised(settings: ChatSettings) -> ChatSettings:
        return attrs.evolve(settings, reasoning_effort="low") if settings.reasoning_effort == "minimal" else settings

    return with_settings(chat, raised)


@in_memory(
    ARRIVES,
    shows="settings.parallel_tool_calls: expected False, seen nothing",
    name="parallel calls without tools: False",
)
def drops_parallel_tool_calls_without_tools(chat: ChatPort) -> ChatPort:
    def drop(request: ChatRequest) -> ChatRequest:
        without = attrs.evolve(request.settings, parallel_tool_calls=None)
        return request if request.tools else attrs.evolve(request, settings=without)

    return Mutated(chat, on_request=drop)
