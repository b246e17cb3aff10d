"""A limit on what calls cost together."""

import threading
from decimal import Decimal
from typing import Literal

from llm_core.domain.errors import BudgetExceededError, ChatError
from llm_core.domain.requests import ChatRequest
from llm_core.domain.responses import ChatResponse
from llm_core.domain.usage import Usage
from llm_core.ports.chat import ChatPort
from llm_core.ports.describing import description_of

from .argument_checks import require_number, require_one_of
from .failures import total_usage
from .steps import Answer, Steps, begin, relay
from .wrapper import Wrapper


class Budget(Wrapper):
    """A chat that is called until its answers have cost *usd* US dollars or *tokens*, input and output together.

    Then each call raises BudgetExceededError before anything is sent. It counts what is reported: of whole answers, of
    failed attempts, and of streams that end early. What is spent is known once a call has ended, so calls that are in
    progress at once may exceed the limit together.

    A model without a price cannot be held to *usd*. With ``unpriced="refuse"`` a call is refused where `describe` gives
    no price for the chat's model; where an answer turns out to have none, as that of the model that a request names, it
    is returned, and the next call is refused. With ``"count"`` such an answer counts 0 US dollars; its tokens count.
    """

    def __init__(
        self,
        chat: ChatPort,
        *,
        usd: Decimal | float | None = None,
        tokens: int | None = None,
        unpriced: Literal["refuse", "count"] = "refuse",
    ) -> None:
        """Wrap *chat*, which is closed with the wrapper; None is no limit.

        Raises:
            ValueError: a limit is negative or not finite, or *unpriced* is another word.
        """
        limit = None if usd is None else Decimal(str(usd))
        if limit is not None and not (limit.is_finite() and limit >= 0):
            raise ValueError(f"usd: must be finite and not negative, got {usd}")
        require_number("tokens", tokens)
        require_one_of("unpriced", unpriced, ("refuse", "count"))
        super().__init__(chat)
        self._usd = limit
        self._tokens = tokens
        self._refuses = limit is not None and unpriced == "refuse"
        self._lock = threading.Lock()
        self._spent = Usage()
        self._has_unpriced = False

    @property
    def spent(self) -> Usage:
        """What the calls so far have cost; None in a field that no call reported."""
        return self._spent

    @property
    def spent_usd(self) -> Decimal:
        """What the calls so far have cost, in US dollars."""
        return self._spent.cost_usd or Decimal(0)

    @property
    def spent_tokens(self) -> int:
        """The input and output tokens of the calls so far."""
        return (self._spent.input_tokens or 0) + (self._spent.output_tokens or 0)

    def exchange(self, request: ChatRequest, /) -> Steps[ChatResponse]:
        """Return the response of the chat, unless the budget is spent.

        Raises:
            BudgetExceededError: the budget is spent, or the price is not known; nothing was sent.
        """
        self._require(request)
        answer = Answer(self.chats[0], request)
        usage: Usage | None = None
        try:
            yield from begin(answer)
            response = yield from relay(answer)
            usage = response.usage
            self._has_unpriced = self._has_unpriced or usage is None or usage.cost_usd is None
        except ChatError as error:
            usage = total_usage(error)
            raise
        finally:
            self._add(usage or answer.usage)
        return response

    def _require(self, request: ChatRequest) -> None:
        detail = self._reason(request)
        if detail is not None:
            model = description_of(self.chats[0])
            raise BudgetExceededError(provider=model.provider, model=request.model or model.model, detail=detail)

    def _reason(self, request: ChatRequest) -> str | None:
        """Return why no call may be made; None if it may."""
        if self._usd is not None and self.spent_usd >= self._usd:
            return f"{self.spent_usd} of {self._usd} USD are spent"
        if self._tokens is not None and self.spent_tokens >= self._tokens:
            return f"{self.spent_tokens} of {self._tokens} tokens are spent"
        if not self._refuses:
            return None
        if self._has_unpriced:
            return "an answer before this call had no price"
        model = description_of(self.chats[0])
        if request.model is None and (model.input_usd_per_token is None or model.output_usd_per_token is None):
            return "the price of the model is not known: set `tokens` in place of `usd`, or unpriced='count'"
        return None

    def _add(self, usage: Usage | None) -> None:
        if usage is not None:
            with self._lock:
                self._spent += usage
