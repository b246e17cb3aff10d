"""Broken adapters that change the settings or the model of a request, or keep state between requests."""

from collections.abc import Callable
from typing import cast

import attrs

from llm_core import (
    ChatPort,
    ChatRequest,
    ChatSettings,
    InvalidRequestError,
    JsonSchemaOutput,
    SystemMessage,
    from_async,
)

from .mutating import Mutated, in_memory, over_http, with_settings
from .plain_chat import PlainChat
from .rewriting import JsonObject, rewritten


def _without(chat: ChatPort, name: str) -> ChatPort:
    unset = getattr(ChatSettings(), name)
    return Mutated(
        chat, on_request=lambda request: attrs.evolve(request, settings=attrs.evolve(request.settings, **{name: unset}))
    )


@in_memory("request.settings", shows="settings.temperature: expected 1.5, seen 1.0", name="temperature")
def limits_the_temperature_to_one(chat: ChatPort) -> ChatPort:
    def clamp(settings: ChatSettings) -> ChatSettings:
        given = settings.temperature
        return settings if given is None else attrs.evolve(settings, temperature=min(given, 1.0))

    return with_settings(chat, clamp)


@in_memory("request.settings", shows="settings.max_tokens: expected 100000, seen 4096", name="max_tokens")
def limits_max_tokens_to_4096(chat: ChatPort) -> ChatPort:
    def clamp(settings: ChatSettings) -> ChatSettings:
        given = settings.max_tokens
        return settings if given is None else attrs.evolve(settings, max_tokens=min(given, 4096))

    return with_settings(chat, clamp)


@in_memory("request.settings", shows="settings.stop: expected 5 items, seen 4", name="stop")
def sends_only_four_stop_sequences(chat: ChatPort) -> ChatPort:
    return with_settings(chat, lambda settings: attrs.evolve(settings, stop=settings.stop[:4]))


@in_memory("request.settings", shows="settings.reasoning_effort: expected 'high', seen 'low'", name="reasoning_effort")
def sends_every_reasoning_effort_as_low(chat: ChatPort) -> ChatPort:
    return with_settings(
        chat, lambda settings: attrs.evolve(settings, reasoning_effort="low" if settings.reasoning_effort else None)
    )


@in_memory(
    "request.settings", shows="settings.parallel_tool_calls: expected True, seen nothing", name="parallel_tool_calls"
)
def drops_parallel_tool_calls_when_it_is_true(chat: ChatPort) -> ChatPort:
    return with_settings(
        chat, lambda settings: attrs.evolve(settings, parallel_tool_calls=settings.parallel_tool_calls and None)
    )


@in_memory("request.settings", shows="settings.stop[1]: expected '\\n\\n', got nothing", name="stop")
def drops_the_stop_sequences(chat: ChatPort) -> ChatPort:
    return _without(chat, "stop")


@in_memory("request.settings", shows="settings.extra: expected {'service_note': {'a': [1, None", name="extra")
def drops_extra_without_reporting_it(chat: ChatPort) -> ChatPort:
    return _without(chat, "extra")


@in_memory("request.settings", shows="settings.reasoning_effort: expected 'low', got None", name="reasoning_effort")
def drops_the_reasoning_effort(chat: ChatPort) -> ChatPort:
    return _without(chat, "reasoning_effort")


@in_memory("request.settings", shows="settings.cache: expected '1h', got None", name="cache")
def drops_the_lifetime_of_the_cache(chat: ChatPort) -> ChatPort:
    return _without(chat, "cache")


@in_memory("request.settings", shows="settings.service_tier: expected 'flex', got None", name="service_tier")
def drops_the_service_tier(chat: ChatPort) -> ChatPort:
    return _without(chat, "service_tier")


@in_memory("request.settings", shows="ignored_settings[0]: expected nothing, got 'seed'")
def reports_a_sent_setting_as_ignored(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_response=lambda response: attrs.evolve(response, ignored_settings=["seed"]))


@in_memory("request.zero-is-sent", shows="settings.temperature: expected 0.0, got None")
def treats_a_setting_of_zero_as_unset(chat: ChatPort) -> ChatPort:
    def drop(settings: ChatSettings) -> ChatSettings:
        return attrs.evolve(settings, temperature=settings.temperature or None, seed=settings.seed or None)

    return Mutated(chat, on_request=lambda request: attrs.evolve(request, settings=drop(request.settings)))


@in_memory("request.unset-is-not-sent", shows="settings.temperature: expected None, got 0.7")
def sends_a_default_temperature(chat: ChatPort) -> ChatPort:
    made_up = ChatSettings(temperature=0.7)
    return Mutated(
        chat, on_request=lambda request: attrs.evolve(request, settings=request.settings.with_defaults(made_up))
    )


@in_memory("request.unset-is-not-sent", shows="SystemMessage(content='You are a helpful assistant.')")
def adds_a_default_system_message(chat: ChatPort) -> ChatPort:
    def begin(request: ChatRequest) -> ChatRequest:
        if any(isinstance(message, SystemMessage) for message in request.messages):
            return request
        return attrs.evolve(request, messages=[SystemMessage("You are a helpful assistant."), *request.messages])

    return Mutated(chat, on_request=begin)


def _with_body(chat: PlainChat, change: Callable[[JsonObject], JsonObject]) -> ChatPort:
    return from_async(attrs.evolve(chat, new_client=rewritten(change)))


@over_http("request.unset-is-not-sent", shows="null or an empty list was sent: .temperature: None, .stop:")
def sends_null_for_unset_settings(chat: PlainChat) -> ChatPort:
    return _with_body(chat, lambda body: {"temperature": None, "stop": None, **body})


@over_http("request.unset-is-not-sent", shows="the provider refused the request", raises=InvalidRequestError)
def sends_an_empty_list_of_tools(chat: PlainChat) -> ChatPort:
    return _with_body(chat, lambda body: {"tools": [], **body})


@over_http("request.unset-is-not-sent", shows="the provider refused the request", raises=InvalidRequestError)
def sends_a_tool_choice_without_tools(chat: PlainChat) -> ChatPort:
    return _with_body(chat, lambda body: {"tool_choice": "auto", **body})


@over_http("request.unset-is-not-sent", shows="{'store': True}")
def has_every_answer_stored(chat: PlainChat) -> ChatPort:
    return _with_body(chat, lambda body: {"store": True, **body})


@over_http("request.unset-is-not-sent", shows="{'service_note': 'x'}")
def sends_a_field_of_its_own(chat: PlainChat) -> ChatPort:
    return _with_body(chat, lambda body: {"service_note": "x", **body})


@over_http("request.settings", shows="the provider refused the request", raises=InvalidRequestError, name="max_tokens")
def sends_both_max_tokens_and_max_completion_tokens(chat: PlainChat) -> ChatPort:
    return _with_body(
        chat, lambda body: {**body, "max_completion_tokens": body["max_tokens"]} if "max_tokens" in body else body
    )


@in_memory("request.model-per-call", shows="None != None")
def ignores_the_model_of_the_request(chat: ChatPort) -> ChatPort:
    return Mutated(chat, on_request=lambda request: attrs.evolve(request, model=None))


@in_memory("request.model-per-call", shows="('fake-provider-2-latest'")
def appends_a_suffix_to_the_model_name(chat: ChatPort) -> ChatPort:
    def rename(request: ChatRequest) -> ChatRequest:
        return attrs.evolve(request, model=f"{request.model}-latest" if request.model else None)

    return Mutated(chat, on_request=rename)


@in_memory("request.model-per-call", shows="the model of the third call: expected None, got")
def reuses_the_model_of_the_previous_request(chat: ChatPort) -> ChatPort:
    models: list[str | None] = [None]

    def keep(request: ChatRequest) -> ChatRequest:
        models.append(request.model or models[-1])
        return attrs.evolve(request, model=models[-1])

    return Mutated(chat, on_request=keep)


@in_memory("request.nothing-sticks", shows="the same request after others.settings.max_tokens: expected")
def reuses_the_settings_of_the_previous_request(chat: ChatPort) -> ChatPort:
    kept = [ChatSettings()]

    def keep(request: ChatRequest) -> ChatRequest:
        kept.append(request.settings.with_defaults(kept[-1]))
        return attrs.evolve(request, settings=kept[-1])

    return Mutated(chat, on_request=keep)


@in_memory("request.nothing-sticks", shows="the same request after others.tools[0]: expected nothing, got")
def reuses_the_tools_of_the_previous_request(chat: ChatPort) -> ChatPort:
    kept: list[ChatRequest] = []

    def keep(request: ChatRequest) -> ChatRequest:
        kept.extend([request] if request.tools else [])
        return attrs.evolve(request, tools=kept[-1].tools if kept else ())

    return Mutated(chat, on_request=keep)


@in_memory("request.nothing-sticks", shows="the same request after others.output: expected None, got")
def reuses_the_output_format_of_the_previous_request(chat: ChatPort) -> ChatPort:
    kept: list[ChatRequest] = []

    def keep(request: ChatRequest) -> ChatRequest:
        kept.extend([request] if request.output else [])
        return attrs.evolve(request, output=kept[-1].output if kept else None)

    return Mutated(chat, on_request=keep)


@in_memory("request.nothing-sticks", shows="the same request after others.settings.extra: expected {}")
def accumulates_the_extra_settings_of_all_requests(chat: ChatPort) -> ChatPort:
    kept: dict[str, object] = {}

    def keep(settings: ChatSettings) -> ChatSettings:
        kept.update(settings.extra)
        return attrs.evolve(settings, extra=kept)

    return with_settings(chat, keep)


@in_memory("request.nothing-sticks", shows="the same request after others.settings.stop[1]: expected")
def reuses_the_stop_sequences_of_the_previous_request(chat: ChatPort) -> ChatPort:
    kept: list[tuple[str, ...]] = [()]

    def keep(settings: ChatSettings) -> ChatSettings:
        kept.append(settings.stop or kept[-1])
        return attrs.evolve(settings, stop=kept[-1])

    return with_settings(chat, keep)


@in_memory("request.nothing-sticks", shows="the same request after others.messages[1]: expected nothing")
def sends_the_messages_of_previous_requests_again(chat: ChatPort) -> ChatPort:
    previous: list[ChatRequest] = []

    def remember(request: ChatRequest) -> ChatRequest:
        previous.append(request)
        return attrs.evolve(request, messages=[message for one in previous for message in one.messages])

    return Mutated(chat, on_request=remember)


@in_memory("request.unchanged", shows="the caller's request.output.schema: expected \u2026Properties':")
def changes_the_schema_of_the_request_in_place(chat: ChatPort) -> ChatPort:
    def edit(request: ChatRequest) -> ChatRequest:
        if isinstance(request.output, JsonSchemaOutput):
            cast("dict[str, object]", request.output.schema)["title"] = "City"
        return request

    return Mutated(chat, on_request=edit)


@in_memory("request.unchanged", shows="the caller's request.settings.extra: expected {'note': {'a':")
def removes_the_settings_from_the_request(chat: ChatPort) -> ChatPort:
    def remove(request: ChatRequest) -> ChatRequest:
        object.__setattr__(request, "settings", ChatSettings())
        return request

    return Mutated(chat, on_request=remove)
