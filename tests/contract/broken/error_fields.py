"""Broken adapters whose errors have the right class, and a wrong field."""

import math
from collections.abc import Callable

import attrs

from llm_core import (
    AssistantMessage,
    AuthenticationError,
    BadResponseError,
    ChatError,
    ChatPort,
    ChatRequest,
    ChatTimeoutError,
    ConnectionFailedError,
    ContentPolicyError,
    ContextWindowExceededError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
    UnsupportedFeatureError,
    Usage,
    from_async,
)
from llm_core.testing import Capabilities

from .mutating import Mutated, PerMethodChat, in_memory, over_http
from .plain_chat import PlainChat


def _with_errors(chat: ChatPort, change: Callable[[ChatError], None], *error_classes: type[ChatError]) -> ChatPort:
    """Wrap *chat* so that *change* edits each error of *error_classes*, by default each error."""

    def edit(error: ChatError) -> ChatError:
        if isinstance(error, error_classes or ChatError):
            change(error)
        return error

    return Mutated(chat, on_error=edit)


def _setting(**fields: object) -> Callable[[ChatError], None]:
    return lambda error: error.__dict__.update(fields)


@in_memory("error.reason", shows="retryable: expected False, got True", reason="quota")
def reports_a_used_up_quota_as_retryable(chat: ChatPort) -> ChatPort:
    return _with_errors(chat, _setting(retryable=True), QuotaExceededError)


@over_http("error.fields", shows="request_id: expected 'request-1', got None", row="closed within the answer")
def loses_the_request_id_of_an_answer_that_broke_off(chat: PlainChat) -> ChatPort:
    return _with_errors(from_async(chat), _setting(request_id=None), StreamInterruptedError)


@over_http(
    "error.fields", shows="request_id: expected 'request-1', got None", row="silent within the answer", mode="stream"
)
def loses_the_request_id_of_an_answer_that_stopped(chat: PlainChat) -> ChatPort:
    return _with_errors(from_async(chat), _setting(request_id=None), ChatTimeoutError)


@in_memory("error.status", shows="retryable: expected True, got False", status=500)
def reports_a_500_as_final(chat: ChatPort) -> ChatPort:
    def give_up(error: ChatError) -> None:
        error.__dict__["retryable"] = type(error).retryable and error.status_code != 500

    return _with_errors(chat, give_up)


@in_memory("error.silence", shows="retryable: expected True, got False")
def reports_a_timeout_as_final(chat: ChatPort) -> ChatPort:
    return _with_errors(chat, _setting(retryable=False), ChatTimeoutError)


@in_memory("answer.no-answer", shows="retryable: expected True, got False")
def reports_a_body_that_is_not_an_answer_as_final(chat: ChatPort) -> ChatPort:
    return _with_errors(chat, _setting(retryable=False), BadResponseError)


@in_memory("error.status", shows="detail: expected 'it went wrong' in it, got None")
def never_has_a_detail(chat: ChatPort) -> ChatPort:
    return _with_errors(chat, _setting(detail=None))


@in_memory("error.words", shows="detail: expected 'Incorrect API key provided.")
def drops_the_detail_of_a_server_error(chat: ChatPort) -> ChatPort:
    return _with_errors(chat, _setting(detail=None), ServerError)


@in_memory("error.status", shows="detail: expected 'it went wrong' in it, got 'it'")
def keeps_the_first_word_of_the_detail(chat: ChatPort) -> ChatPort:
    def shorten(error: ChatError) -> None:
        error.detail = error.detail and error.detail.partition(" ")[0]

    return _with_errors(chat, shorten)


@in_memory("error.status", shows="the provider's own text is in str or repr of the error: it went wrong (status")
def shows_the_detail_in_str(chat: ChatPort) -> ChatPort:
    def show(error: ChatError) -> None:
        error.__dict__["summary"] = error.detail or type(error).summary

    return _with_errors(chat, show)


@in_memory("error.reason", shows="status_code: expected 400, got None", status=400)
def drops_the_status_where_the_body_names_a_reason(chat: ChatPort) -> ChatPort:
    return _with_errors(chat, _setting(status_code=None), ContextWindowExceededError, ContentPolicyError)


@in_memory("error.reason", shows="request_id: expected 'request-1', got None", reason="context_window")
def drops_the_request_id_of_a_prompt_that_is_too_long(chat: ChatPort) -> ChatPort:
    return _with_errors(chat, _setting(request_id=None), ContextWindowExceededError)


@in_memory("law.error-arrives", shows="retry_after: expected ")
def reports_retry_after_only_for_rate_limits_and_server_errors(chat: ChatPort) -> ChatPort:
    def drop(error: ChatError) -> None:
        error.retry_after = error.retry_after if isinstance(error, RateLimitError | ServerError) else None

    return _with_errors(chat, drop)


@in_memory("law.error-arrives", shows="retry_after: expected 1.5, got 2")
def rounds_retry_after_of_a_timeout(chat: ChatPort) -> ChatPort:
    def round_up(error: ChatError) -> None:
        error.retry_after = None if error.retry_after is None else math.ceil(error.retry_after)

    return _with_errors(chat, round_up, ChatTimeoutError)


@in_memory("error.refused", shows="status_code: expected None, got 503")
def makes_up_a_status_for_a_refused_connection(chat: ChatPort) -> ChatPort:
    return _with_errors(chat, _setting(status_code=503), ConnectionFailedError)


@in_memory("error.no-redirect", shows="status_code: expected 30")
def drops_the_status_of_a_redirect(chat: ChatPort) -> ChatPort:
    def drop(error: ChatError) -> None:
        error.status_code = None if (error.status_code or 0) in range(300, 400) else error.status_code

    return _with_errors(chat, drop)


@in_memory("stream.error-has-its-kind", shows="request_id: expected None, got 'request-made-up'")
def makes_up_a_request_id_for_an_error_in_a_stream(chat: ChatPort) -> ChatPort:
    def make_up(error: ChatError) -> None:
        error.request_id = error.request_id or "request-made-up"

    return _with_errors(chat, make_up)


@in_memory("error.status", shows="partial: expected None, since no answer had begun")
def has_a_partial_answer_although_no_answer_began(chat: ChatPort) -> ChatPort:
    def add(error: ChatError) -> None:
        error.partial = error.partial or AssistantMessage("I was about to")

    return _with_errors(chat, add)


@in_memory("complete.break-is-an-error", shows="not a beginning of what the provider sent", how="cut", mode="complete")
def makes_up_the_partial_text_of_a_whole_answer(chat: ChatPort) -> ChatPort:
    made_up = _with_errors(chat, _setting(partial=AssistantMessage("A rather short story.")))
    return PerMethodChat(for_complete=made_up, for_stream=chat, for_acomplete=made_up, for_astream=chat)


@in_memory("stream.unfinished-call", shows="not a beginning of what the provider sent")
def adds_a_note_to_a_partial_answer_with_an_unfinished_call(chat: ChatPort) -> ChatPort:
    def add(error: ChatError) -> None:
        calls = error.partial.invalid_tool_calls if error.partial else ()
        if error.partial and calls:
            error.partial = AssistantMessage(error.partial.content + "(a call is missing)", invalid_tool_calls=calls)

    return _with_errors(chat, add)


@in_memory("error.who", shows="assert 'fake-provider-1' in (None, 'fake-provider-2', 'fake-provider-2')")
def names_its_own_model_whatever_the_request_names(chat: ChatPort) -> ChatPort:
    return _with_errors(chat, _setting(provider="fake", model="fake-provider-1"))


@over_http("error.own", shows="retry_after: expected 7.0, got 1.5")
def raises_one_error_for_each_class(chat: PlainChat) -> ChatPort:
    made: dict[type[ChatError], ChatError] = {}
    return Mutated(from_async(chat), on_error=lambda error: made.setdefault(type(error), error))


@in_memory("law.error-arrives", shows="the partial answer is not what the provider sent", mode="stream")
def strips_white_space_from_the_end_of_the_partial_text(chat: ChatPort) -> ChatPort:
    def strip(error: ChatError) -> None:
        if error.partial is not None:
            error.partial = attrs.evolve(error.partial, content=error.partial.content.rstrip())

    return _with_errors(chat, strip)


@in_memory("error.who", shows="the model of the earlier request: fake-provider-2")
def names_the_model_of_the_previous_request(chat: ChatPort) -> ChatPort:
    models = ["fake-provider-1"]

    def keep(request: ChatRequest) -> ChatRequest:
        models.append(request.model or models[-1])
        return request

    return Mutated(_with_errors(Mutated(chat, on_request=keep), lambda error: error.__dict__.update(model=models[-1])))


@in_memory("error.who", shows="(None, None, 'fake-provider.test')")
def names_the_host_in_streams_only(chat: ChatPort) -> ChatPort:
    named = _with_errors(chat, _setting(host="fake-provider.test"))
    return PerMethodChat(for_complete=chat, for_stream=named, for_acomplete=chat, for_astream=named)


@in_memory("error.who", shows="'acomplete': [(None, None, None), (None, None, None)]")
def names_the_provider_in_sync_calls_only(chat: ChatPort) -> ChatPort:
    named = _with_errors(chat, _setting(provider="fake"))
    return PerMethodChat(for_complete=named, for_stream=named, for_acomplete=chat, for_astream=chat)


def _wrong_in_acomplete(chat: ChatPort, change: Callable[[ChatError], None]) -> ChatPort:
    wrong = _with_errors(chat, change)
    return PerMethodChat(for_complete=chat, for_stream=chat, for_acomplete=wrong, for_astream=chat)


@over_http("error.one-value", shows="partial.reasoning[0]: expected ReasoningPart(", name="unfinished", mode="complete")
def loses_the_reasoning_of_a_partial_in_acomplete(chat: PlainChat) -> ChatPort:
    def forget(error: ChatError) -> None:
        error.partial = error.partial and attrs.evolve(error.partial, reasoning=())

    return _wrong_in_acomplete(from_async(chat), forget)


@in_memory(
    "error.one-value", shows="detail: expected 'it went wrong', got 'it went wrong ...'", name="status", mode="complete"
)
def shortens_the_detail_in_acomplete(chat: ChatPort) -> ChatPort:
    def shorten(error: ChatError) -> None:
        error.detail = error.detail and f"{error.detail} ..."

    return _wrong_in_acomplete(chat, shorten)


@in_memory("error.fields", shows="class: expected PermissionDeniedError, got AuthenticationError", row="403")
def takes_a_403_for_a_bad_key(chat: ChatPort) -> ChatPort:
    def take(error: ChatError) -> ChatError:
        return (
            AuthenticationError(status_code=error.status_code, request_id=error.request_id, detail=error.detail)
            if isinstance(error, PermissionDeniedError)
            else error
        )

    return Mutated(chat, on_error=take)


@in_memory("error.fields", shows="retryable: expected True, got False", row="529")
def reports_an_overloaded_provider_as_final(chat: ChatPort) -> ChatPort:
    def give_up(error: ChatError) -> None:
        error.__dict__["retryable"] = type(error).retryable and error.status_code != 529

    return _with_errors(chat, give_up)


@in_memory("error.fields", shows="retry_after: expected 0.0, got None", row="500, a wait of zero")
def treats_a_wait_of_zero_as_none(chat: ChatPort) -> ChatPort:
    def drop(error: ChatError) -> None:
        error.retry_after = error.retry_after or None

    return _with_errors(chat, drop)


@in_memory("error.fields", shows="request_id: expected None, got 'request-0'", row="HTML")
def makes_up_a_request_id_for_a_page(chat: ChatPort) -> ChatPort:
    return _with_errors(chat, _setting(request_id="request-0"), BadResponseError)


@in_memory("error.fields", shows="status_code: expected None, got 500", row="a finish reason that means failure")
def makes_up_a_status_for_a_finish_reason(chat: ChatPort) -> ChatPort:
    def make_up(error: ChatError) -> None:
        error.status_code = error.status_code or 500

    return _with_errors(chat, make_up, ServerError)


@in_memory("error.fields", shows="usage: expected None, got Usage(input_tokens=0)", row="silent before the answer")
def reports_usage_where_no_answer_began(chat: ChatPort) -> ChatPort:
    return _with_errors(chat, _setting(usage=Usage(input_tokens=0)), ChatTimeoutError)


@over_http("error.fields", shows="usage.input_tokens: expected 98765, got None", row="no finish reason", mode="stream")
def forgets_the_usage_of_an_answer_without_a_finish_reason(chat: PlainChat) -> ChatPort:
    return _with_errors(from_async(chat), _setting(usage=None), StreamInterruptedError)


@over_http(
    "error.fields",
    shows="text: expected 'A rather long answer.', got 'A rather long'",
    row="no finish reason",
    mode="astream",
)
def forgets_the_last_word_of_a_partial(chat: PlainChat) -> ChatPort:
    def forget(error: ChatError) -> None:
        error.partial = error.partial and attrs.evolve(error.partial, content=error.partial.content.rpartition(" ")[0])

    return _with_errors(from_async(chat), forget, StreamInterruptedError)


@in_memory(
    "error.fields", shows="class: expected ConnectionFailedError, got ServerError", row="reset before the answer"
)
def raises_a_server_error_for_a_reset(chat: ChatPort) -> ChatPort:
    def replace(error: ChatError) -> ChatError:
        return ServerError() if isinstance(error, ConnectionFailedError) else error

    return Mutated(chat, on_error=replace)


@in_memory("error.one-value", shows="retry_after: expected 7.0, got 0.0", name="status", mode="complete")
def reports_a_wait_of_zero_in_all_modes(chat: ChatPort) -> ChatPort:
    return _with_errors(chat, _setting(retry_after=0.0), RateLimitError)


@in_memory("error.status", shows="previous[0]: expected nothing, got", status=500, mode="complete")
def lists_an_attempt_that_was_not_made(chat: ChatPort) -> ChatPort:
    return _with_errors(chat, lambda error: error.__dict__.update(previous=(ServerError(status_code=500),)))


@in_memory(
    "request.tools",
    shows="the refusal has fields of an answer (status_code): UnsupportedFeatureError",
    claims=Capabilities(http=False, tools=False),
)
def refuses_with_the_status_of_an_answer(chat: ChatPort) -> ChatPort:
    def refuse(request: ChatRequest) -> ChatRequest:
        if request.tools:
            raise UnsupportedFeatureError(feature="tools", status_code=400)
        return request

    return Mutated(chat, on_request=refuse)
