"""Broken in the settings and the model, and in what is left of a request afterwards."""

from typing import cast

import attrs

from llm_core import ChatPort, ChatRequest, ChatSettings, JsonSchemaOutput

from .bending import Bent, in_memory


def _without(chat: ChatPort, name: str) -> ChatPort:
    unset = getattr(ChatSettings(), name)
    return Bent(
        chat, asks=lambda request: attrs.evolve(request, settings=attrs.evolve(request.settings, **{name: unset}))
    )


@in_memory("request.settings", shows="['stop']", name="stop")
def ignores_stop(chat: ChatPort) -> ChatPort:
    return _without(chat, "stop")


@in_memory("request.settings", shows="['extra']", name="extra")
def drops_extra_in_silence(chat: ChatPort) -> ChatPort:
    return _without(chat, "extra")


@in_memory("request.settings", shows="['reasoning_effort']", name="reasoning_effort")
def ignores_the_reasoning_effort(chat: ChatPort) -> ChatPort:
    return _without(chat, "reasoning_effort")


@in_memory("request.settings", shows="('seed',) == ()")
def says_that_it_ignored_what_it_sent(chat: ChatPort) -> ChatPort:
    return Bent(chat, answers=lambda response: attrs.evolve(response, ignored_settings=["seed"]))


@in_memory("request.zero-is-sent", shows="['temperature', 'seed']")
def takes_zero_for_unset(chat: ChatPort) -> ChatPort:
    def drop(settings: ChatSettings) -> ChatSettings:
        return attrs.evolve(settings, temperature=settings.temperature or None, seed=settings.seed or None)

    return Bent(chat, asks=lambda request: attrs.evolve(request, settings=drop(request.settings)))


@in_memory("request.unset-is-not-sent", shows="temperature: None != 0.7")
def invents_a_temperature(chat: ChatPort) -> ChatPort:
    made_up = ChatSettings(temperature=0.7)
    return Bent(chat, asks=lambda request: attrs.evolve(request, settings=request.settings.over(made_up)))


@in_memory("request.model-per-call", shows="None != None")
def ignores_the_model_of_the_request(chat: ChatPort) -> ChatPort:
    return Bent(chat, asks=lambda request: attrs.evolve(request, model=None))


@in_memory("request.model-per-call", shows="('far-side-2-latest'")
def asks_a_model_of_another_name(chat: ChatPort) -> ChatPort:
    def rename(request: ChatRequest) -> ChatRequest:
        return attrs.evolve(request, model=f"{request.model}-latest" if request.model else None)

    return Bent(chat, asks=rename)


@in_memory("request.model-per-call", shows="None == 'far-side-2'")
def keeps_the_model_of_the_last_request(chat: ChatPort) -> ChatPort:
    models: list[str | None] = [None]

    def keep(request: ChatRequest) -> ChatRequest:
        models.append(request.model or models[-1])
        return attrs.evolve(request, model=models[-1])

    return Bent(chat, asks=keep)


@in_memory("request.nothing-sticks", shows="['settings']")
def keeps_the_settings_of_the_last_request(chat: ChatPort) -> ChatPort:
    kept = [ChatSettings()]

    def keep(request: ChatRequest) -> ChatRequest:
        kept.append(request.settings.over(kept[-1]))
        return attrs.evolve(request, settings=kept[-1])

    return Bent(chat, asks=keep)


@in_memory("request.nothing-sticks", shows="['messages']")
def remembers_the_conversation(chat: ChatPort) -> ChatPort:
    said: list[ChatRequest] = []

    def remember(request: ChatRequest) -> ChatRequest:
        said.append(request)
        return attrs.evolve(request, messages=[message for one in said for message in one.messages])

    return Bent(chat, asks=remember)


@in_memory("request.unchanged", shows="['output']")
def edits_the_schema_in_place(chat: ChatPort) -> ChatPort:
    def edit(request: ChatRequest) -> ChatRequest:
        if isinstance(request.output, JsonSchemaOutput):
            cast("dict[str, object]", request.output.schema)["additionalProperties"] = False
        return request

    return Bent(chat, asks=edit)


@in_memory("request.unchanged", shows="['settings']")
def takes_the_settings_out_of_the_request(chat: ChatPort) -> ChatPort:
    def take(request: ChatRequest) -> ChatRequest:
        object.__setattr__(request, "settings", ChatSettings())
        return request

    return Bent(chat, asks=take)
