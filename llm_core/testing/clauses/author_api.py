"""What an adapter's author defines, and what the suite does around each clause."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import attrs
import pytest

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.parts import ProviderData
from llm_core.domain.requests import ChatRequest
from llm_core.domain.settings import ChatSettings
from llm_core.ports.chat import DEFAULT_TIMEOUT, ChatPort
from llm_core.serialization import to_json
from llm_core.testing.capabilities import Capabilities
from llm_core.testing.dialects.dialect import Dialect, NotExpressibleError, inexpressible
from llm_core.testing.dialects.registry import as_dialect
from llm_core.testing.dialects.without_http import WithoutHTTP
from llm_core.testing.fake_provider.server import FakeProvider
from llm_core.testing.guards.code_places import places_of
from llm_core.testing.guards.counting_chat import CountingChat
from llm_core.testing.guards.next_calls import PLAIN_REQUEST, Arranged, next_request
from llm_core.testing.guards.override_guard import mark_xfails, require_clauses, require_reasons
from llm_core.testing.guards.quick_run import deselect_modes
from llm_core.testing.guards.skip_guard import install_skip_guard
from llm_core.testing.hard_values import ANOTHERS_TOOL, server_tool_of
from llm_core.testing.request_strategies import set_paths
from llm_core.testing.scenarios import Refuses, Scenario
from llm_core.testing.used_abilities import used_abilities

from .differences import request_differences
from .failure import Failure, lines_of
from .failure_report import install_failure_report
from .modes import STREAMS
from .surroundings import ClauseSurroundings

ARRANGES = "promise: `arrange` returns an adapter for each scenario."
AT_ARRANGE = "`arrange` of the contract: it raised this before the clause made a call."
# The clauses whose further calls must report tokens: in all clauses, one fault, no usage, would be a failure of each.
_WITH_TOKENS = frozenset({"error.status", "error.own", "after.error"})
_ABOUT_USAGE = frozenset({"answer.usage", "answer.usage-counted", "stream.equals-complete"})
_CHECKED = pytest.StashKey[set[type]]()
_NEXT_FORMS = deque["_NextForm"](maxlen=16)  # of the dialects used last


class ContractAuthorApi(ClauseSurroundings):
    """Define `arrange`; set `capabilities` where your adapter does not support everything."""

    capabilities: Capabilities = Capabilities()
    other_model = "fake-provider-2"  # the fake provider accepts any model name

    provider: str | None = None
    """The `provider` that every error must name; None: only the errors of all modes are compared with each other."""
    model: str | None = None
    """The `model` that an error must name where the request sets none; None as for `provider`."""

    default_timeout = DEFAULT_TIMEOUT
    """Seconds of the timeout of a request that sets none: 120, unless `arrange` gives the adapter one of its own."""

    chat_under_test: ChatPort | None = None  # for the report, as is `was_refused`
    was_refused = False

    _dialect: Dialect = WithoutHTTP()
    _streams = False
    _is_xfail = False

    def arrange(self, scenario: Scenario) -> ChatPort:
        """Return the adapter under test, connected to a provider that plays *scenario*.

        With HTTP: point it at ``self.fake_provider(scenario).url``. Without HTTP: turn the scenario into whatever the
        adapter needs, and report each request by ``self.record(request)``.
        """
        raise NotImplementedError(f"{type(self).__name__} must define arrange(self, scenario) -> ChatPort")

    def fake_provider(self, scenario: Scenario, *, dialect: Dialect | str = "openai_chat") -> FakeProvider:
        """Return a loopback server that plays *scenario* in *dialect*; the suite closes it.

        *dialect* is the name of a wire format, or a `Dialect` of your own.
        The clause is skipped, with the reason, where the wire format cannot express *scenario*.
        """
        self._dialect = as_dialect(dialect)
        streams = self._streams or self._dialect.always_streams
        missing = inexpressible(self._dialect, scenario, streams=streams)
        if missing:
            raise NotExpressibleError(f"{self._dialect.name} cannot express: {missing}")
        self._providers.append(self._closing.enter_context(FakeProvider(scenario, self._dialect, self.recorder)))
        return self._providers[-1]

    def record(self, request: ChatRequest) -> None:
        """Report a request that reached a provider without HTTP."""
        self.recorder.see(request)

    def make_chat(self, scenario: Scenario) -> ChatPort:
        """Return what `arrange` returns; the suite makes further calls of it after the clause, and closes it."""
        started = len(self._providers)
        try:
            with self._watch.paused():
                chat = self.arrange(scenario)
        except (pytest.skip.Exception, pytest.xfail.Exception) as skipped:
            raise AssertionError(f"arrange may not skip a clause ({skipped}): see `xfails`") from None
        except NotExpressibleError:
            raise
        except Exception as error:
            self.fail_outside(error, ARRANGES, AT_ARRANGE)
            raise
        if not hasattr(chat, "complete"):
            raise AssertionError(f"arrange must return a ChatPort, and returned {chat!r}")
        self.chat_under_test = chat
        self._listens = self._listens or not isinstance(scenario, Refuses)
        self._closing.callback(self._close_chat, chat)
        counting = CountingChat(chat, self._calls, self._sent, self._answered, self._seen)
        started_here, request = tuple(self._providers[started:]), next_request(self.capabilities)
        has_usage = self._clause in _WITH_TOKENS and not self._declared() & _ABOUT_USAGE
        self._arranged.append(Arranged(counting, scenario, started_here, request, has_usage))
        return counting

    def switch(self, scenario: Scenario) -> None:
        """Let the fake provider play *scenario* in the next request; the clause is skipped where there is none."""
        if not self._providers:
            raise NotExpressibleError("the fake provider without HTTP plays one scenario")
        self.let_play(scenario)

    def let_play(self, scenario: Scenario) -> None:
        """Let every fake provider of the clause, if there is one, play *scenario* from now on."""
        for provider in self._providers:
            provider.play(scenario)

    def adapter_reprs(self) -> tuple[str, str]:
        """Return `repr` and `str` of the adapter under test."""
        return repr(self.chat_under_test), str(self.chat_under_test)

    def skip_unless_expressible(self, what: str, *, expressible: bool) -> None:
        """Skip the clause, with the reason, where the wire cannot express *what*, or there is no wire."""
        if not expressible:
            wire = self._dialect.name if self.capabilities.http else "a fake provider without HTTP"
            raise NotExpressibleError(f"{wire} cannot express {what}")

    def skip_unless_known(self, what: str, *, known: bool) -> None:
        """Skip the clause, with the reason, where the adapter may be older than *what*: see `Capabilities`."""
        if not (known or self.capabilities.rare_fields):
            raise NotExpressibleError(f"the adapter claims neither {what} nor rare_fields")

    def skip_unless_waiting(self) -> None:
        """Skip the clause, with the reason, where no fake provider can keep the adapter waiting."""
        if not self.capabilities.http:
            raise NotExpressibleError("a fake provider without HTTP does not wait")

    def server_tool(self) -> ProviderData | None:
        """Return a tool that the adapter's own provider runs; None if it has none that is known here."""
        tool = server_tool_of(self._dialect.name) if self.capabilities.http else ANOTHERS_TOOL
        return tool if tool is None or self.provider is None else attrs.evolve(tool, provider=self.provider)

    def expected_request(self, request: ChatRequest) -> ChatRequest:
        """Return the part of *request* that the wire can carry, in the normal form of `received_request`."""
        return self._dialect.normalise(request)

    def received_request(self, request: ChatRequest) -> ChatRequest:
        """Return the last request as understood, without the required settings that *request* does not set."""
        return self._understood(self.recorder.last, request)

    def require_next_arrival(self, request: ChatRequest, count: int, late: Sequence[ChatRequest] = ()) -> None:
        """Raise AssertionError unless each request after the first *count* is *request*, by whichever model.

        On a slow machine one of *late*, requests of the clause itself, may arrive among them.
        """
        plain, expected = (_next_form(self._dialect, one) for one in (PLAIN_REQUEST, request))
        for one in self.recorder.seen[count:]:
            if one is request or (as_json := to_json(one)) == expected.usual:
                continue  # in a fraction of the time
            seen = attrs.evolve(self._understood(one, request), model=None)
            if seen == plain.normal and plain.normal.messages != expected.normal.messages:
                continue  # the adapter has refused the other one
            differences = request_differences(expected.normal, seen)
            if not differences:
                expected.usual = as_json
            elif not any(self._is_of(one, earlier) for earlier in late):
                raise AssertionError("\n".join(["a further call did not send its own request:", *differences]))

    def _is_of(self, received: ChatRequest, request: ChatRequest) -> bool:
        """Return whether *request* arrived as *received*, by whichever model."""
        expected = attrs.evolve(self._dialect.normalise(request), model=None)
        return not request_differences(expected, attrs.evolve(self._understood(received, request), model=None))

    def require_nothing_added(self) -> None:
        """Raise AssertionError if a setting was sent that no request of the clause sets."""
        allowed = self._dialect.required_settings.union(*(set_paths(request.settings) for request in self._sent))
        for request in self.recorder.seen if self._sent else ():
            if not set_paths(request.settings) - allowed:
                continue  # in a fraction of the time that the normal form takes
            if added := sorted(set_paths(self._dialect.normalise(request).settings) - allowed):
                raise AssertionError(f"sent, and set by no request: {', '.join(added)}: see request.unset-is-not-sent")

    def _understood(self, received: ChatRequest, request: ChatRequest) -> ChatRequest:
        seen = self._dialect.normalise(received)
        settings_ = attrs.asdict(
            seen.settings, filter=lambda field, _: not self._is_required_default(field.name, request)
        )
        return attrs.evolve(seen, settings=ChatSettings(**settings_))

    def required_settings(self) -> frozenset[str]:
        """Return the settings that every request on this wire must have."""
        return self._dialect.required_settings

    def dialect_name(self) -> str:
        """Return the name of the wire format; empty without HTTP."""
        return self._dialect.name if self.capabilities.http else ""

    def carries_arguments_as_text(self) -> bool:
        """Return whether the wire carries the model's own JSON text of the arguments of a call."""
        return self._dialect.arguments_as_text

    def call_id_pattern(self) -> str:
        """Return the pattern of the call ids that the wire accepts."""
        return self._dialect.call_id_pattern

    def _is_required_default(self, name: str, request: ChatRequest) -> bool:
        return name in self._dialect.required_settings and getattr(request.settings, name) is None

    def explain(self, error: BaseException, promise: str, look: str) -> None:
        """Add to *error*, with which a clause failed, what was promised, what was seen, and where to look."""
        if isinstance(error, UnsupportedFeatureError):
            look = "what the adapter refuses. An ability that it lacks is not claimed in `capabilities`."
        seen, notes = self._observed(error), tuple(self.failure_notes(error))
        is_cause = bool(self._answered or self.recorder.problems)  # else the adapter may have raised before it sent
        self.add_failure(error, Failure(promise, (*notes, *seen) if is_cause else (*seen, *notes), look))

    def _observed(self, error: BaseException) -> tuple[str, ...]:
        if not isinstance(error, UnsupportedFeatureError):
            return lines_of(error)
        needed = used_abilities(self._sent[-1]) if self._sent else []
        claim = f"`capabilities` claims what the request needs: {', '.join(needed) or 'no ability'}"
        sent = "sent a request" if self.recorder.count else "sent nothing"
        return claim, f"the adapter refused it, and {sent}: {_refusal_text(error)}", *places_of(error)

    def failure_notes(self, error: BaseException) -> Iterator[str]:
        """Yield what the fake provider observed of a clause that failed with *error*."""
        if isinstance(error, UnsupportedFeatureError):
            pass
        elif self._listens and not self.recorder.count:
            yield "no request reached the recorder. If the adapter sent one,"
            yield "arrange must point it at self.fake_provider(scenario).url, or report it by self.record(request)."
        elif self._calls and self.recorder.count > len(self._calls) and self.counted() not in str(error):
            yield f"{self.counted()}: a call is one request, see answer.one-request"
        for problem in self.recorder.problems:
            yield f"the fake provider could not read a request: {problem}"

    def __init_subclass__(cls) -> None:
        """Refuse a class that removes a clause."""
        super().__init_subclass__()
        require_clauses(cls)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Check the class while pytest collects: a skipped test has no later moment to fail."""
        if type(self).arrange is ContractAuthorApi.arrange:
            pytest.fail(f"{type(self).__name__} must define arrange(self, scenario) -> ChatPort", pytrace=False)
        checked = metafunc.config.stash.setdefault(_CHECKED, set())
        if type(self) not in checked:  # once per class, not once per clause
            require_clauses(type(self))
            checked.add(type(self))
        require_reasons(metafunc.definition, type(self))
        install_skip_guard(metafunc.config)
        install_failure_report(metafunc.config)
        deselect_modes(metafunc.config)

    @pytest.fixture(autouse=True)
    def _around_each_clause(self, request: pytest.FixtureRequest) -> Iterator[None]:
        require_reasons(request.node, type(self))
        mark_xfails(request.node, self.xfails)
        self._item = request.node
        self._is_xfail = any(request.node.iter_markers("xfail"))
        variant = getattr(request.node, "callspec", None)
        self._streams = variant is not None and variant.params.get("mode") in STREAMS
        self._closing = ExitStack()
        with self.isolated():
            yield


@attrs.define(eq=False)
class _NextForm:
    """The normal form of a further *request*, of any model; *usual* is the JSON of one that arrived as such, if any."""

    dialect: Dialect
    request: ChatRequest
    normal: ChatRequest
    usual: str = ""


def _next_form(dialect: Dialect, request: ChatRequest) -> _NextForm:
    """Return the form of *request*, made once for all clauses."""
    for form in _NEXT_FORMS:
        if form.dialect is dialect and form.request is request:
            return form
    _NEXT_FORMS.append(_NextForm(dialect, request, attrs.evolve(dialect.normalise(request), model=None)))
    return _NEXT_FORMS[-1]


def _refusal_text(error: UnsupportedFeatureError) -> str:
    return f"{type(error).__name__}: {error.detail or error}"
