"""Broken adapters that change one field of an answer in all modes alike, so that the modes agree with each other."""

import unicodedata
import uuid
from collections.abc import Callable

import attrs

from llm_core import (
    AssistantMessage,
    BadResponseError,
    ChatPort,
    ChatRequest,
    ChatResponse,
    FinishReason,
    InvalidToolCall,
    ReasoningPart,
    ToolCall,
    Usage,
    from_async,
)
from llm_core.testing.clauses.answers import TEXT_EASILY_CHANGED

from .mutating import Mutated, PerMethodChat, in_memory, over_http
from .plain_chat import PlainChat


def _with_response(chat: ChatPort, change: Callable[[ChatResponse], ChatResponse]) -> ChatPort:
    """Wrap *chat* so that each response is changed."""
    return Mutated(chat, on_response=change)


def _with_message(chat: ChatPort, change: Callable[[AssistantMessage], AssistantMessage]) -> ChatPort:
    """Wrap *chat* so that the message of each response is changed."""
    return _with_response(chat, lambda response: attrs.evolve(response, message=change(response.message)))


def _with_text(chat: ChatPort, change: Callable[[str], str]) -> ChatPort:
    """Wrap *chat* so that the text of each response is changed."""
    return _with_message(chat, lambda message: attrs.evolve(message, content=change(message.content)))


@in_memory("answer.verbatim", shows="got 'Two line feeds come first", text=TEXT_EASILY_CHANGED["line-feeds-first"])
def strips_leading_line_feeds(chat: ChatPort) -> ChatPort:
    return _with_text(chat, lambda text: text.lstrip("\n"))


@in_memory("answer.verbatim", shows="got 'Å", text=TEXT_EASILY_CHANGED["decomposed"])
def composes_decomposed_characters(chat: ChatPort) -> ChatPort:
    return _with_text(chat, lambda text: unicodedata.normalize("NFC", text))


@in_memory("answer.verbatim", shows="fine, ", text=TEXT_EASILY_CHANGED["compatible"])
def expands_ligatures(chat: ChatPort) -> ChatPort:
    return _with_text(chat, lambda text: text.replace("\ufb01", "fi"))


@in_memory("answer.verbatim", shows="text: expected '\\ufeffA mark", text=TEXT_EASILY_CHANGED["invisible"])
def removes_ascii_control_characters(chat: ChatPort) -> ChatPort:
    return _with_text(chat, lambda text: text.replace("\x1b", "").replace("\x7f", ""))


@in_memory("answer.verbatim", shows="It ends with ", text=TEXT_EASILY_CHANGED["stop-sequence"])
def trims_the_text_at_a_stop_sequence(chat: ChatPort) -> ChatPort:
    stop = list[str]()

    def keep(request: ChatRequest) -> ChatRequest:
        stop[:] = request.settings.stop
        return request

    def trim(response: ChatResponse) -> ChatResponse:
        text = min((response.text.partition(one)[0] for one in stop), key=len, default=response.text)
        return attrs.evolve(response, message=attrs.evolve(response.message, content=text))

    return Mutated(chat, on_request=keep, on_response=trim)


@in_memory("answer.empty-at-limit", shows="could not be read", raises=BadResponseError)
def refuses_an_empty_answer_that_the_limit_ended(chat: ChatPort) -> ChatPort:
    def refuse(response: ChatResponse) -> ChatResponse:
        if response.message == AssistantMessage() and response.finish_reason is FinishReason.LENGTH:
            raise BadResponseError
        return response

    return _with_response(chat, refuse)


@over_http(
    "answer.raw-finish-reason", shows="raw_finish_reason: expected 'length', got None", reason=FinishReason.LENGTH
)
def drops_the_raw_finish_reason_where_it_is_known(chat: PlainChat) -> ChatPort:
    def drop(response: ChatResponse) -> ChatResponse:
        is_known = response.finish_reason is not FinishReason.OTHER
        return attrs.evolve(response, raw_finish_reason=None if is_known else response.raw_finish_reason)

    return _with_response(from_async(chat), drop)


@in_memory("law.stream-equals-complete", shows="raw finish reason: expected 'Wombat-2', got 'wombat-2'")
def lowers_the_case_of_the_raw_finish_reason(chat: ChatPort) -> ChatPort:
    return _with_response(
        chat, lambda response: attrs.evolve(response, raw_finish_reason=(response.raw_finish_reason or "").lower())
    )


@in_memory("answer.unnamed", shows="id: expected None, got 'chatcmpl-")
def makes_up_a_response_id(chat: ChatPort) -> ChatPort:
    return _with_response(
        chat, lambda response: attrs.evolve(response, id=response.id or f"chatcmpl-{uuid.uuid4().hex}")
    )


@in_memory("answer.unnamed", shows="model: expected None, got 'fake-provider-1'")
def reports_the_requested_model_where_the_provider_names_none(chat: ChatPort) -> ChatPort:
    return _with_response(chat, lambda response: attrs.evolve(response, model=response.model or "fake-provider-1"))


@in_memory("law.stream-equals-complete", shows="id: expected ")
def drops_the_id_of_an_answer_that_did_not_finish_with_stop(chat: ChatPort) -> ChatPort:
    def drop(response: ChatResponse) -> ChatResponse:
        return attrs.evolve(response, id=response.id if response.finish_reason is FinishReason.STOP else None)

    return _with_response(chat, drop)


@in_memory("law.colours-agree", shows="usage: expected Usage(input_tokens=0, ")
def reports_none_for_usage_of_zero_tokens(chat: ChatPort) -> ChatPort:
    def drop(response: ChatResponse) -> ChatResponse:
        counts = attrs.astuple(response.usage or Usage())
        return attrs.evolve(response, usage=response.usage if any(counts) else None)

    return _with_response(chat, drop)


@in_memory("law.stream-equals-complete", shows="usage: expected Usage(input_tokens=")
def drops_the_usage_of_an_answer_that_a_limit_ended(chat: ChatPort) -> ChatPort:
    def drop(response: ChatResponse) -> ChatResponse:
        has_calls = response.message.all_tool_calls and response.finish_reason is FinishReason.LENGTH
        return attrs.evolve(response, usage=None if has_calls else response.usage)

    return _with_response(chat, drop)


@in_memory("law.stream-equals-complete", shows="tool calls[1]: expected ['call_1', 'get_weather', '{\"city\":")
def drops_a_call_that_repeats_another(chat: ChatPort) -> ChatPort:
    def drop(message: AssistantMessage) -> AssistantMessage:
        calls = {(call.name, call.arguments_json): call for call in message.tool_calls}
        return attrs.evolve(message, tool_calls=list(calls.values()))

    return _with_message(chat, drop)


@in_memory("law.stream-equals-complete", shows="tool calls[0][0]: from character 28, expected")
def shortens_the_ids_of_calls(chat: ChatPort) -> ChatPort:
    def shorten(message: AssistantMessage) -> AssistantMessage:
        return attrs.evolve(message, tool_calls=[attrs.evolve(call, id=call.id[:40]) for call in message.tool_calls])

    return _with_message(chat, shorten)


@in_memory("law.stream-equals-complete", shows="invalid tool calls[0]: expected ['call:9/=+', 'get_time'")
def replaces_a_number_that_no_float_can_hold(chat: ChatPort) -> ChatPort:
    def replace(call: InvalidToolCall) -> ToolCall | InvalidToolCall:
        is_endless = call.arguments_text == '{"endless": 1e400}'
        return ToolCall(id=call.id, name=call.name, arguments={"endless": 1e308}) if is_endless else call

    def change(message: AssistantMessage) -> AssistantMessage:
        calls = [*message.tool_calls, *(replace(call) for call in message.invalid_tool_calls)]
        return attrs.evolve(
            message,
            tool_calls=[call for call in calls if isinstance(call, ToolCall)],
            invalid_tool_calls=[call for call in calls if isinstance(call, InvalidToolCall)],
        )

    return _with_message(chat, change)


@in_memory("law.stream-equals-complete", shows="reasoning: expected '\\n\\nThe ")
def strips_leading_line_feeds_from_the_reasoning(chat: ChatPort) -> ChatPort:
    def strip(message: AssistantMessage) -> AssistantMessage:
        text = "".join(part.text for part in message.reasoning).lstrip("\n")
        return attrs.evolve(message, reasoning=[ReasoningPart(text)] if text else [])

    return _with_message(chat, strip)


@in_memory("law.colours-agree", shows="""text: expected "\\n\\nI can't help""")
def strips_the_text_of_a_refusal(chat: ChatPort) -> ChatPort:
    def strip(response: ChatResponse) -> ChatResponse:
        if response.finish_reason is not FinishReason.CONTENT_FILTER:
            return response
        return attrs.evolve(response, message=attrs.evolve(response.message, content=response.text.strip()))

    return _with_response(chat, strip)


@in_memory("answer.one-message", shows="reasoning[0].signature: expected 'c2ln", name="signature")
def loses_the_signature_in_async_streams(chat: ChatPort) -> ChatPort:
    def unsigned(message: AssistantMessage) -> AssistantMessage:
        return attrs.evolve(message, reasoning=[attrs.evolve(part, signature=None) for part in message.reasoning])

    return PerMethodChat(
        for_complete=chat, for_stream=chat, for_acomplete=chat, for_astream=_with_message(chat, unsigned)
    )
