"""Everything in the request reaches the wire, or is refused: asserted on the recorder, never on the answer."""

import copy

import attrs
import pytest

from llm_core.domain.requests import ChatRequest, JsonOutput, OutputFormat
from llm_core.domain.settings import ChatSettings
from llm_core.domain.tools import NamedTool, ToolChoice
from llm_core.testing.scenarios import Replies

from .clause import clause
from .modes import EVERY, Mode, call_in_mode
from .request_assertions import RequestAssertions, spelled_output, spelled_tools
from .rich_requests import ALL_MEDIA, LOOSE, NOT_EVERYWHERE, SCHEMA, SETTINGS_TOGETHER, TRAVEL, select_settings, messages_with_media
from .sample_requests import SIMPLE_REQUEST, REQUEST_WITH_TOOLS, EXACT, HISTORY, WITHOUT_CALLS


class RequestClauses(RequestAssertions):
    """What is sent."""

    @clause("request.tools", *EVERY)
    def test_tools_arrive(self, mode: Mode) -> None:
        """Names, descriptions and schemas of the tools reach the model: every word of them, in order.

        The encoding of tools. An adapter that cannot carry them claims `tools=False`, and refuses them before it sends.
        """
        request = attrs.evolve(REQUEST_WITH_TOOLS, tools=[*REQUEST_WITH_TOOLS.tools, TRAVEL])
        if self.refused_as_claimed(request, mode, claimed=self.capabilities.tools):
            return
        seen = self.seen(request, mode)

        assert self.expected_request(request).tools == seen.tools
        assert spelled_tools(self.expected_request(request)) == spelled_tools(seen)

    @clause("request.tool-strict", *EVERY, needs="tools")
    def test_strictness_arrives_where_it_was_asked_for(self, mode: Mode) -> None:
        """A strict tool is strict, and the one beside it is not.

        The encoding of tools: `strict` goes with each tool by itself; some providers refuse it in places.
        """
        request = attrs.evolve(SIMPLE_REQUEST, tools=[attrs.evolve(EXACT, strict=True), attrs.evolve(EXACT, name="get_storms")])
        chat = self.make_chat(Replies())
        self.skip_unless_expressible(
            "a strict tool", expressible=any(tool.strict for tool in self.expected_request(request).tools)
        )

        call_in_mode(chat, request, mode)

        assert [("get_rain", True), ("get_storms", False)] == [
            (tool.name, tool.strict) for tool in self.received_request(request).tools
        ]

    @clause("request.tool-choice", *EVERY)
    @pytest.mark.parametrize("choice", ["none", "required", NamedTool("get_time")])
    def test_the_tool_choice_arrives(self, mode: Mode, choice: ToolChoice) -> None:
        """None, required or a named tool: the choice reaches the model.

        The encoding of the choice: every provider has words of its own for required, and for one tool by its name.
        """
        request = attrs.evolve(REQUEST_WITH_TOOLS, tool_choice=choice)
        if self.refused_as_claimed(request, mode, claimed=self.capabilities.tool_choice):
            return
        seen = self.seen(request, mode)

        assert choice == seen.tool_choice

    @clause("request.output", *EVERY)
    @pytest.mark.parametrize("output", [JsonOutput(), SCHEMA, LOOSE], ids=["json", "schema", "loose"])
    def test_the_output_format_arrives(self, mode: Mode, output: OutputFormat) -> None:
        """The shape that is asked of the answer reaches the model: every word of its schema, in order.

        The encoding of `request.output`. An adapter that cannot carry it claims `json_output=False` or
        `json_schema_output=False`, and refuses it.
        """
        abilities = self.capabilities
        claimed = abilities.json_output if isinstance(output, JsonOutput) else abilities.json_schema_output
        request = attrs.evolve(SIMPLE_REQUEST, output=output)
        if self.refused_as_claimed(request, mode, claimed=claimed):
            return
        seen = self.seen(request, mode)

        assert self.expected_request(request).output == seen.output
        assert spelled_output(self.expected_request(request)) == spelled_output(seen)

    @clause("request.media", *EVERY)
    @pytest.mark.parametrize("kind", ALL_MEDIA)
    def test_media_arrive(self, mode: Mode, kind: str) -> None:
        """Images, sound and documents reach the model byte for byte, each at its place among the words.

        The encoding of parts: base64, media types, their order, in every message and not the last one alone. What an
        adapter cannot carry it does not claim, and refuses; so it may with an unusual form of what it claims.
        """
        request = ChatRequest(messages=messages_with_media(kind))
        if kind in NOT_EVERYWHERE and self.is_refused(request, mode):
            return
        if self.refused_as_claimed(request, mode, claimed=self._is_claimed(kind)):
            return
        seen = self.seen(request, mode)

        assert self.expected_request(request).messages == seen.messages

    @clause("request.together", *EVERY)
    @pytest.mark.parametrize("what", ["settings", "tools-and-output", "everything"])
    def test_what_is_asked_together_arrives_together(self, mode: Mode, what: str) -> None:
        """Tools, a shape of the answer and settings in one request: each arrives, or is named, or all is refused.

        Where one field makes room for another: a schema for tools, effort for temperature, temperature for top_p. What
        a model cannot take together stands in `ignored_settings`, or is refused before anything is sent.
        """
        request = self.full_request()
        if what == "settings":
            request = attrs.evolve(request, tool_choice="auto", output=None)
        if what != "tools-and-output":
            request = attrs.evolve(request, settings=select_settings(SETTINGS_TOGETHER, self._expressible_settings(request)))
        if not self.settings_arrive(request, mode):
            return

        carried, seen = self.expected_request(request), self.received_request(request)
        assert carried.tools == seen.tools
        assert carried.tool_choice == seen.tool_choice
        assert carried.output == seen.output

    @clause("request.key", *EVERY)
    def test_the_key_is_sent(self, mode: Mode) -> None:
        """The key goes with every request over HTTP, in a header or in the address.

        What the adapter does with its key: a header or a parameter of every request. `arrange` must give it
        `self.planted_key`.
        """
        call_in_mode(self.make_chat(Replies()), SIMPLE_REQUEST, mode)

        sent = [f"{request.path} {dict(request.headers)}" for request in self.recorder.requests]
        assert self.capabilities.http is any(self.planted_key in one for one in sent)

    @clause("request.unchanged", *EVERY)
    def test_the_request_is_not_changed(self, mode: Mode) -> None:
        """The caller's request is the same afterwards, to the depth of its schemas.

        What is handed on without a copy: libraries edit schemas and messages in place.
        """
        history = HISTORY if self.capabilities.tools else WITHOUT_CALLS
        before = attrs.evolve(history, output=SCHEMA, settings=ChatSettings(extra={"note": {"a": [1]}}))
        request = copy.deepcopy(before)  # what is shared with other clauses stays as it is

        call_in_mode(self.make_chat(Replies()), request, mode)

        assert before == request

    def _is_claimed(self, kind: str) -> bool:
        abilities = self.capabilities
        if kind == "image-url":
            return abilities.images_by_url
        return {"image": abilities.images, "audio": abilities.audio, "file": abilities.files}[kind.partition("-")[0]]

    def _expressible_settings(self, request: ChatRequest) -> frozenset[str]:
        """Return the settings that are claimed, but for the one that without tools says nothing."""
        return self.capabilities.settings - (frozenset() if request.tools else {"parallel_tool_calls"})
