"""Broken forms of `Retrying`."""

from collections.abc import Sequence

from llm_core import ChatError, ChatPort, ChatRequest, ChatResponse, QuotaExceededError
from llm_core.wrappers import Retrying, Steps, call, forward, relay, spend

from .broken_wrapper import wrapper


class Impatient(Retrying):
    """Retries without a wait; a broken form overrides what decides about it."""

    def __init__(self, chat: ChatPort, attempts: int = 3) -> None:
        super().__init__(chat, attempts=attempts)
        self.attempts = attempts

    def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
        failed: list[ChatError] = []
        while True:
            try:
                answer = yield from call(self.chats[0], request)
            except ChatError as error:
                failed.append(error)
            else:
                return (yield from relay(answer))
            if not self.retries(failed[-1]) or len(failed) >= self.attempts:
                raise self.raised(failed)
            yield from self.count(failed[-1])

    def retries(self, error: ChatError, /) -> bool:
        return error.retryable

    def raised(self, failed: list[ChatError]) -> ChatError:
        failed[-1].previous = tuple(failed[:-1])
        return failed[-1]

    def count(self, error: ChatError, /) -> Steps[None]:
        yield from spend(error.usage)


@wrapper("wrapper.quota", shows="called 3 times", attempts_per_call=3)
def retries_a_quota(chats: Sequence[ChatPort]) -> ChatPort:
    class Quota(Impatient):
        def retries(self, error: ChatError) -> bool:
            return error.retryable or isinstance(error, QuotaExceededError)

    return Quota(chats[0])


@wrapper("wrapper.error-unchanged", shows="previous", attempts_per_call=3)
def retries_what_cannot_succeed(chats: Sequence[ChatPort]) -> ChatPort:
    class Everything(Impatient):
        def retries(self, _: ChatError) -> bool:
            return True

    return Everything(chats[0])


@wrapper("wrapper.usage-of-attempts", shows="usage.input_tokens: expected 107", attempts_per_call=3)
def loses_the_usage_of_failed_attempts(chats: Sequence[ChatPort]) -> ChatPort:
    class Loses(Impatient):
        def count(self, _: ChatError) -> Steps[None]:
            yield from spend(None)

    return Loses(chats[0])


@wrapper("wrapper.usage-of-attempts", shows="usage.input_tokens: expected 107, got 207", attempts_per_call=3)
def counts_the_usage_of_failed_attempts_twice(chats: Sequence[ChatPort]) -> ChatPort:
    class Twice(Impatient):
        def count(self, error: ChatError) -> Steps[None]:
            yield from spend(error.usage)
            yield from spend(error.usage)

    return Twice(chats[0])


@wrapper("wrapper.previous", shows="'attempt-0'", attempts_per_call=3)
def forgets_the_errors_before(chats: Sequence[ChatPort]) -> ChatPort:
    class Forgets(Impatient):
        def raised(self, failed: list[ChatError]) -> ChatError:
            return failed[-1]

    return Forgets(chats[0])


@wrapper("wrapper.previous", shows="'attempt-0'", attempts_per_call=3)
def raises_the_first_error(chats: Sequence[ChatPort]) -> ChatPort:
    class First(Impatient):
        def raised(self, failed: list[ChatError]) -> ChatError:
            failed[0].previous = tuple(failed[1:])
            return failed[0]

    return First(chats[0])


@wrapper("wrapper.attempts", shows="4 attempts, and 3 are declared", attempts_per_call=3)
def tries_once_too_often(chats: Sequence[ChatPort]) -> ChatPort:
    return Impatient(chats[0], attempts=4)


@wrapper("wrapper.attempts", shows="1 attempts, and 3 are declared", attempts_per_call=3)
def never_tries_again(chats: Sequence[ChatPort]) -> ChatPort:
    return Impatient(chats[0], attempts=1)


@wrapper("wrapper.attempts", shows="3 attempts, and 1 are declared")
def tries_again_without_saying_so(chats: Sequence[ChatPort]) -> ChatPort:
    return Impatient(chats[0])


@wrapper("wrapper.no-attempt-after-an-event", shows="DID NOT RAISE", attempts_per_call=3)
def retries_a_stream_that_has_begun(chats: Sequence[ChatPort]) -> ChatPort:
    class Begun(Impatient):
        def exchange(self, request: ChatRequest) -> Steps[ChatResponse]:
            for _ in range(2):
                try:
                    return (yield from forward(self.chats[0], request))
                except ChatError as error:
                    failed = error
            raise failed

    return Begun(chats[0])
