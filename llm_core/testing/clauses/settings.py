"""Clauses about settings and model: they reach the wire, and no other call sees them; checked on the recorder."""

import json
from collections.abc import Iterator
from contextlib import suppress

import attrs
import pytest

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import JsonValue
from llm_core.domain.messages import SystemMessage
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.ports.chat import ChatPort
from llm_core.testing.capabilities import RARE_SETTINGS, SETTINGS
from llm_core.testing.request_strategies import set_names
from llm_core.testing.scenarios import Replies

from .clause import clause
from .field_comparison import require_same
from .modes import EVERY, Mode, call_in_mode
from .request_assertions import RequestAssertions
from .rich_requests import FULL_SETTINGS, OTHER_SETTINGS, SETTINGS_TOGETHER, ZERO_SETTINGS, select_settings
from .sample_requests import REQUEST_WITH_TOOLS, SIMPLE_REQUEST


class SettingClauses(RequestAssertions):
    """What is sent beside the messages."""

    @clause("request.settings", *EVERY)
    @pytest.mark.parametrize("name", sorted(SETTINGS | RARE_SETTINGS))
    def test_each_setting_arrives_or_is_named(self, mode: Mode, name: str) -> None:
        """A setting is sent, or appears in `ignored_settings`, or the request is refused before it is sent.

        The table from our names to the provider's. A setting without a name there appears in `ignored_settings`, not in
        `Capabilities.settings`, and is not sent. Each setting is sent with two values: the provider may refuse one out
        of its bounds; the adapter must not clamp it silently.
        """
        request = attrs.evolve(
            REQUEST_WITH_TOOLS if self.capabilities.tools else SIMPLE_REQUEST, settings=_only(FULL_SETTINGS, name)
        )
        if name not in self.capabilities.settings:
            self.skip_unless_known(name, known=name in SETTINGS)
            self._require_ignored_or_refused(request, name, mode)
            if name in set_names(ZERO_SETTINGS):
                with self.isolated():
                    zero = attrs.evolve(request, settings=_only(ZERO_SETTINGS, name))
                    self._require_ignored_or_refused(zero, name, mode)
            self.was_refused = True
            return
        response = call_in_mode(self.make_chat(Replies()), request, mode)

        require_same("settings", _only(FULL_SETTINGS, name), self.received_request(request).settings)
        require_same("ignored_settings", (), response.ignored_settings)
        with self.isolated():
            self.settings_arrive(attrs.evolve(request, settings=_only(OTHER_SETTINGS, name)), mode)

    @clause("request.zero-is-sent", *EVERY)
    def test_zero_is_sent(self, mode: Mode) -> None:
        """A setting of zero is sent.

        A truthiness test (`if settings.temperature`): it must be `is not None`. A setting that the model refuses beside
        another one is named in `ignored_settings`, and is sent alone.
        """
        claimed = self.capabilities.settings
        request = attrs.evolve(SIMPLE_REQUEST, settings=select_settings(ZERO_SETTINGS, claimed))

        named = call_in_mode(self.make_chat(Replies()), request, mode).ignored_settings

        sent = select_settings(ZERO_SETTINGS, claimed - {*named})
        require_same("settings", sent, self.received_request(request).settings)
        for name in named:
            with self.isolated():
                alone = select_settings(ZERO_SETTINGS, {name})
                require_same("settings", alone, self.seen(attrs.evolve(SIMPLE_REQUEST, settings=alone), mode).settings)

    @clause("request.unset-is-not-sent", *EVERY)
    def test_what_the_caller_does_not_set_is_not_sent(self, mode: Mode) -> None:
        """No setting or message is added, and no key holds null or an empty list.

        Defaults of the adapter or of a library between; null for a key that should be absent. Some models refuse
        temperature and top_p together, some servers refuse null or an empty list.
        """
        seen = self.seen(SIMPLE_REQUEST, mode)

        require_same("settings", ChatSettings(), seen.settings)
        require_same("messages", self.expected_request(SIMPLE_REQUEST).messages, seen.messages)
        empty = [path for request in self.recorder.requests for path in _empty(json.loads(request.body))]
        assert not empty, f"null or an empty list was sent: {', '.join(empty)}"

    @clause("request.model-per-call", *EVERY)
    def test_the_model_of_the_request_wins(self, mode: Mode) -> None:
        """The model of a request replaces the adapter's own, for this call only.

        The code that chooses the model: `request.model or` the adapter's own, without storing it.
        """
        chat = self.make_chat(Replies())

        call_in_mode(chat, SIMPLE_REQUEST, mode)
        call_in_mode(chat, attrs.evolve(SIMPLE_REQUEST, model=self.other_model), mode)
        call_in_mode(chat, SIMPLE_REQUEST, mode)

        first, second, third = (request.model for request in self.recorder.seen)
        require_same("the model of the third call", first, third)
        assert second != first, f"the second request sets the model {self.other_model!r}, and {second!r} was sent"
        assert self.other_model.endswith(second or "?"), (
            f"the model {second!r} was sent instead of {self.other_model!r}"
        )

    @clause("request.nothing-sticks", *EVERY)
    def test_nothing_of_a_request_reaches_the_next(self, mode: Mode) -> None:
        """Messages, tools, output format and settings of one call do not appear in another, nor in its answer.

        State that outlives a call: a default that is changed, a list that is extended, a client that is configured.
        """
        chat = self.make_chat(Replies())

        answered = call_in_mode(chat, SIMPLE_REQUEST, mode)
        for request in self._full_requests():
            _call_unless_refused(chat, request, mode)
        answered_last = call_in_mode(chat, SIMPLE_REQUEST, mode)

        first, *_, last = self.recorder.seen
        require_same("the same request after others", first, last)
        require_same("ignored_settings", ((), ()), (answered.ignored_settings, answered_last.ignored_settings))
        require_same("the usage of the same answer", answered.usage, answered_last.usage)

    def _full_requests(self) -> Iterator[ChatRequest]:
        """Yield requests with everything that is claimed: at once, and in parts, since all at once may be refused."""
        settings = select_settings(SETTINGS_TOGETHER, self.capabilities.settings)
        busy = attrs.evolve(
            self.full_request(), messages=[SystemMessage("Be brief."), *SIMPLE_REQUEST.messages], model=self.other_model
        )
        yield attrs.evolve(busy, settings=settings)
        yield attrs.evolve(busy, output=None)
        yield attrs.evolve(busy, tools=(), tool_choice="auto")
        yield attrs.evolve(SIMPLE_REQUEST, settings=settings)
        for name in sorted(SETTINGS - self.capabilities.settings):  # each is named in its own answer, or refused
            yield attrs.evolve(SIMPLE_REQUEST, settings=_only(FULL_SETTINGS, name))
        yield attrs.evolve(SIMPLE_REQUEST, settings=select_settings(ZERO_SETTINGS, self.capabilities.settings))

    def _require_ignored_or_refused(self, request: ChatRequest, name: str, mode: Mode) -> None:
        """Raise AssertionError unless *request* is refused, or its setting *name* is named as ignored and not sent."""
        response = self.answer_unless_refused(request, mode)
        if response is None:
            return
        assert name in {ignored.partition(".")[0] for ignored in response.ignored_settings}, "not in ignored_settings"
        sent = self.without_required(self.received_request(request).settings, {name})
        assert name not in set_names(sent), f"{name} was sent, and is named in ignored_settings"


def _only(settings: ChatSettings, name: str) -> ChatSettings:
    return select_settings(settings, {name})


def _call_unless_refused(chat: ChatPort, request: ChatRequest, mode: Mode) -> None:
    with suppress(UnsupportedFeatureError):
        call_in_mode(chat, request, mode)


def _empty(value: JsonValue, path: str = "") -> Iterator[str]:
    """Yield the paths at which a body holds null or an empty list."""
    match value:
        case None | []:
            yield f"{path}: {value}"
        case dict():
            for name, item in value.items():
                yield from _empty(item, f"{path}.{name}")
        case list():
            for index, item in enumerate(value):
                yield from _empty(item, f"{path}[{index}]")
