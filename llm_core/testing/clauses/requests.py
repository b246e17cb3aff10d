"""Clauses about the request: all of it is sent, or it is refused; checked on the recorder, not on the answer."""

import copy
from collections.abc import Iterator
from contextlib import suppress

import attrs
import pytest

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.requests import ChatRequest, JsonOutput, OutputFormat
from llm_core.domain.settings import ChatSettings
from llm_core.domain.tools import NamedTool, ToolChoice
from llm_core.testing.hard_values import ANOTHERS_TOOL
from llm_core.testing.scenarios import Replies

from .clause import clause
from .field_comparison import require_same
from .modes import EVERY, Mode, call_in_mode
from .request_assertions import RequestAssertions, output_with_schema_text, tools_with_schema_text
from .rich_requests import (
    ALL_MEDIA,
    LOOSE,
    NOT_EVERYWHERE,
    SCHEMA,
    SETTINGS_TOGETHER,
    TRAVEL,
    messages_with_media,
    select_settings,
)
from .sample_requests import EXACT, HISTORY, REQUEST_WITH_TOOLS, SIMPLE_REQUEST, WITHOUT_CALLS


class RequestClauses(RequestAssertions):
    """What is sent."""

    @clause("request.tools", *EVERY)
    def test_tools_arrive(self, mode: Mode) -> None:
        """The names, descriptions and schemas of the tools reach the model complete and in order.

        The encoding of tools. An adapter that cannot send them claims `tools=False`, and refuses them before anything
        is sent.
        """
        request = attrs.evolve(REQUEST_WITH_TOOLS, tools=[*REQUEST_WITH_TOOLS.tools, TRAVEL])
        if self.refused_as_claimed(request, mode, claimed=self.capabilities.tools):
            return
        seen = self.seen(request, mode)

        require_same("tools", self.expected_request(request).tools, seen.tools)
        expected = tools_with_schema_text(self.expected_request(request))
        require_same("tools, with the text of their schemas", expected, tools_with_schema_text(seen))

    @clause("request.tool-strict", *EVERY, needs="tools")
    def test_strictness_arrives_with_its_tool(self, mode: Mode) -> None:
        """A strict tool arrives as strict, and another one in the same request does not, unless the wire has one flag.

        The encoding of tools: `strict` belongs to each tool, on some wires to all tools together; some providers
        refuse it in some places.
        """
        request = attrs.evolve(
            SIMPLE_REQUEST, tools=[attrs.evolve(EXACT, strict=True), attrs.evolve(EXACT, name="get_storms")]
        )
        chat = self.make_chat(Replies())
        expected = [(tool.name, tool.strict) for tool in self.expected_request(request).tools]
        self.skip_unless_expressible("a strict tool", expressible=any(strict for _, strict in expected))

        call_in_mode(chat, request, mode)

        seen = [(tool.name, tool.strict) for tool in self.received_request(request).tools]
        require_same("the names and `strict` of tools", expected, seen)

    @clause("request.tool-choice", *EVERY)
    @pytest.mark.parametrize("choice", ["none", "required", NamedTool("get_time")])
    def test_the_tool_choice_arrives(self, mode: Mode, choice: ToolChoice) -> None:
        """The tool choice reaches the model: none, required or a named tool.

        The encoding of the choice: every provider has its own values for required, and for a tool by name.
        """
        capabilities = self.capabilities
        claimed = capabilities.named_tool_choice if isinstance(choice, NamedTool) else capabilities.tool_choice
        request = attrs.evolve(REQUEST_WITH_TOOLS, tool_choice=choice)
        if self.refused_as_claimed(request, mode, claimed=claimed):
            return
        seen = self.seen(request, mode)

        require_same("tool_choice", choice, seen.tool_choice)

    @clause("request.server-tools", *EVERY)
    @pytest.mark.parametrize("whose", ["own", "another's"])
    def test_server_tools_arrive_or_are_refused(self, mode: Mode, whose: str) -> None:
        """A tool that the adapter's own provider runs is sent unchanged, and one of another provider is refused.

        The encoding of tools: the JSON of a server tool means something to one provider alone. An adapter that cannot
        send any claims `server_tools=False`, and refuses them all before anything is sent.
        """
        claims = self.capabilities
        self.skip_unless_known("server_tools", known=claims.server_tools)
        chat = self.make_chat(Replies())
        tool = self.server_tool() if whose == "own" else ANOTHERS_TOOL
        is_sent = claims.server_tools and (whose == "own" or not claims.http)
        self.skip_unless_expressible("a server tool", expressible=tool is not None or not is_sent)
        request = attrs.evolve(SIMPLE_REQUEST, server_tools=[tool or ANOTHERS_TOOL])
        if not is_sent:
            self.require_refused(chat, request, mode)
            return
        call_in_mode(chat, request, mode)

        expected, seen = request.server_tools, self.received_request(request).server_tools
        require_same(
            "server_tools", [repr(sent.value) for sent in expected], [repr(sent.value) for sent in seen]
        )  # 1.0 is not 1

    @clause("request.output", *EVERY)
    @pytest.mark.parametrize("output", [JsonOutput(), SCHEMA, LOOSE], ids=["json", "schema", "loose"])
    def test_the_output_format_arrives(self, mode: Mode, output: OutputFormat) -> None:
        """The output format reaches the model, with its schema complete and in order.

        The encoding of `request.output`. An adapter that cannot send it claims `json_output=False` or
        `json_schema_output=False`, and refuses it.
        """
        capabilities = self.capabilities
        claimed = capabilities.json_output if isinstance(output, JsonOutput) else capabilities.json_schema_output
        request = attrs.evolve(SIMPLE_REQUEST, output=output)
        if self.refused_as_claimed(request, mode, claimed=claimed):
            return
        seen = self.seen(request, mode)

        require_same("output", self.expected_request(request).output, seen.output)
        expected = output_with_schema_text(self.expected_request(request))
        require_same("output, with the text of its schema", expected, output_with_schema_text(seen))

    @clause("request.media", *EVERY)
    @pytest.mark.parametrize("medium", ALL_MEDIA)
    def test_media_arrive(self, mode: Mode, medium: str) -> None:
        """Images, audio and documents reach the model byte for byte, each in its position within the text.

        The encoding of parts: base64, media types and order, in every message and not only in the last. An adapter does
        not claim what it cannot send, and refuses it; it may also refuse an unusual format of a claimed type.
        """
        request = ChatRequest(messages=messages_with_media(medium))
        if medium in NOT_EVERYWHERE and self.is_refused(request, mode):
            return
        if self.refused_as_claimed(request, mode, claimed=self._is_claimed(medium)):
            return
        seen = self.seen(request, mode)

        require_same("messages", self.expected_request(request).messages, seen.messages)

    @clause("request.together", *EVERY)
    @pytest.mark.parametrize("what", ["settings", "tools-and-output", "everything"])
    def test_everything_at_once_arrives(self, mode: Mode, what: str) -> None:
        """Tools, an output format and settings in one request: each arrives or is named as ignored, or all is refused.

        Code where one field displaces another: a schema the tools, effort the temperature, temperature top_p. Settings
        that a model does not accept together appear in `ignored_settings`, or the request is refused before it is sent.
        """
        request = self.full_request()
        if what == "settings":
            request = attrs.evolve(request, tool_choice="auto", output=None)
        if what != "tools-and-output":
            request = attrs.evolve(
                request, settings=select_settings(SETTINGS_TOGETHER, self._expressible_settings(request))
            )
        if not self.settings_arrive(request, mode):
            return

        expected, seen = self.expected_request(request), self.received_request(request)
        for name in ("tools", "tool_choice", "output"):
            require_same(name, getattr(expected, name), getattr(seen, name))

    @clause("request.key", *EVERY)
    def test_the_key_is_sent(self, mode: Mode) -> None:
        """Every HTTP request carries the key, in a header or in the URL.

        How the adapter sends its key: in a header or parameter of every request. `arrange` must pass `self.planted_key`
        to it.
        """
        call_in_mode(self.make_chat(Replies()), SIMPLE_REQUEST, mode)

        sent = [f"{request.path} {dict(request.headers)}" for request in self.recorder.requests]
        keyed = sum(self.planted_key in text for text in sent)
        assert (keyed > 0) is self.capabilities.http, f"{keyed} of {len(sent)} HTTP requests hold the key"

    @clause("request.unchanged", *EVERY)
    def test_the_request_is_not_changed(self, mode: Mode) -> None:
        """The call does not change the caller's request, including nested schemas.

        Values that are passed on without a copy: libraries edit schemas and messages in place.
        """
        chat = self.make_chat(Replies())
        for sent in self._nested_requests():
            request = copy.deepcopy(sent)  # other clauses share the original

            with suppress(UnsupportedFeatureError):  # other clauses check what may be refused
                call_in_mode(chat, request, mode)

            require_same("the caller's request", sent, request)

    def _nested_requests(self) -> Iterator[ChatRequest]:
        """Yield requests with nested values; a schema without tools, since many models refuse the two together."""
        settings = ChatSettings(extra={"note": {"a": [1]}})
        yield attrs.evolve(HISTORY if self.capabilities.tools else WITHOUT_CALLS, settings=settings)
        if self.capabilities.json_schema_output:
            yield attrs.evolve(SIMPLE_REQUEST, output=SCHEMA)

    def _is_claimed(self, medium: str) -> bool:
        capabilities = self.capabilities
        if medium == "image-url":
            return capabilities.images_by_url
        return {"image": capabilities.images, "audio": capabilities.audio, "file": capabilities.files}[
            medium.partition("-")[0]
        ]

    def _expressible_settings(self, request: ChatRequest) -> frozenset[str]:
        """Return the claimed settings that mean something in *request*: `parallel_tool_calls` needs tools."""
        return self.capabilities.settings - (frozenset() if request.tools else {"parallel_tool_calls"})
