"""Everything in the request reaches the wire, or is refused: asserted on the recorder, never on the answer."""

import copy
from collections.abc import Sequence

import attrs
import pytest

from llm_core.domain.chat_settings import ChatSettings
from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.messages import SystemMessage, UserMessage
from llm_core.domain.parts import AudioPart, FilePart, ImagePart, TextPart, UserPart
from llm_core.domain.requests import ChatRequest, JsonOutput, JsonSchemaOutput, OutputFormat
from llm_core.domain.tools import NamedTool, ToolChoice
from llm_core.testing.capabilities import SETTINGS
from llm_core.testing.scenarios import Replies

from .asking import ASK, ASK_WITH_TOOLS, EXACT, HISTORY, PIXEL, WITHOUT_CALLS
from .clause import clause
from .modes import EVERY, Mode, ask
from .sending import Sending

SCHEMA = JsonSchemaOutput(name="city", schema={"type": "object", "properties": {"city": {"type": "string"}}})
FULL = ChatSettings(
    temperature=0.25,
    top_p=0.5,
    max_tokens=50,
    stop=["END", "\n\n"],
    seed=7,
    presence_penalty=0.5,
    frequency_penalty=-0.5,
    reasoning_effort="low",
    parallel_tool_calls=False,
    extra={"service_note": {"a": [1, None, "x"]}},
)
ZEROS = ChatSettings(temperature=0.0, top_p=0.0, seed=0, presence_penalty=0.0, frequency_penalty=0.0)


class RequestClauses(Sending):
    """What is sent."""

    @clause("request.tools", *EVERY)
    def test_tools_arrive(self, mode: Mode) -> None:
        """Names, descriptions and schemas of the tools reach the model.

        The encoding of tools. An adapter that cannot carry them claims `tools=False`, and refuses them before it sends.
        """
        if self.refused(ASK_WITH_TOOLS, mode, claimed=self.capabilities.tools):
            return
        seen = self.seen(ASK_WITH_TOOLS, mode)

        assert self.carried(ASK_WITH_TOOLS).tools == seen.tools

    @clause("request.tool-strict", *EVERY, needs="tools")
    def test_strictness_arrives_where_it_was_asked_for(self, mode: Mode) -> None:
        """A strict tool is strict, and the one beside it is not.

        The encoding of tools: `strict` goes with each tool by itself; some providers refuse it in places.
        """
        request = attrs.evolve(ASK, tools=[attrs.evolve(EXACT, strict=True), attrs.evolve(EXACT, name="get_storms")])
        chat = self.given(Replies())
        self.ask_only_if("a strict tool", sayable=any(tool.strict for tool in self.carried(request).tools))

        ask(chat, request, mode)

        assert [("get_rain", True), ("get_storms", False)] == [
            (tool.name, tool.strict) for tool in self.understood(request).tools
        ]

    @clause("request.tool-choice", *EVERY)
    @pytest.mark.parametrize("choice", ["none", "required", NamedTool("get_time")])
    def test_the_tool_choice_arrives(self, mode: Mode, choice: ToolChoice) -> None:
        """None, required or a named tool: the choice reaches the model.

        The encoding of the choice: every provider has words of its own for required, and for one tool by its name.
        """
        request = attrs.evolve(ASK_WITH_TOOLS, tool_choice=choice)
        if self.refused(request, mode, claimed=self.capabilities.tool_choice):
            return
        seen = self.seen(request, mode)

        assert choice == seen.tool_choice

    @clause("request.output", *EVERY)
    @pytest.mark.parametrize("output", [JsonOutput(), SCHEMA], ids=["json", "schema"])
    def test_the_output_format_arrives(self, mode: Mode, output: OutputFormat) -> None:
        """The shape that is asked of the answer reaches the model.

        The encoding of `request.output`. An adapter that cannot carry it claims `json_output=False` or
        `json_schema_output=False`, and refuses it.
        """
        abilities = self.capabilities
        claimed = abilities.json_output if isinstance(output, JsonOutput) else abilities.json_schema_output
        request = attrs.evolve(ASK, output=output)
        if self.refused(request, mode, claimed=claimed):
            return
        seen = self.seen(request, mode)

        assert self.carried(request).output == seen.output

    @clause("request.media", *EVERY)
    @pytest.mark.parametrize("kind", ["image-url", "image-bytes", "audio", "file"])
    def test_media_arrive(self, mode: Mode, kind: str) -> None:
        """Images, sound and documents reach the model byte for byte, at their place among the words.

        The encoding of parts: base64, media types, their order. What an adapter cannot carry it does not claim, and
        refuses.
        """
        part, claimed = self._medium(kind)
        parts: Sequence[UserPart] = [TextPart("Look: "), part, TextPart(" What is it?")]
        request = ChatRequest(messages=[UserMessage(parts)])
        if self.refused(request, mode, claimed=claimed):
            return
        seen = self.seen(request, mode)

        assert self.carried(request).messages == seen.messages

    @clause("request.settings", *EVERY)
    @pytest.mark.parametrize("name", sorted(SETTINGS))
    def test_each_setting_arrives_or_is_named(self, mode: Mode, name: str) -> None:
        """A setting is sent; or it stands in `ignored_settings`; or it is refused with nothing sent.

        The table from our names to the provider's. What has no name there stands in `ignored_settings`, and not in
        `Capabilities.settings`.
        """
        request = attrs.evolve(ASK_WITH_TOOLS if self.capabilities.tools else ASK, settings=_only(name))
        if name not in self.capabilities.settings:
            assert self._ignored_or_refused(request, name, mode)
            self.was_refused = True
            return
        response = ask(self.given(Replies()), request, mode)

        assert _only(name) == self.understood(request).settings
        assert response.ignored_settings == ()

    @clause("request.zero-is-sent", *EVERY)
    def test_zero_is_sent(self, mode: Mode) -> None:
        """A setting of zero is a setting.

        A test by truth (`if settings.temperature`): it must be `is not None`.
        """
        sendable = attrs.asdict(ZEROS, filter=lambda field, _: field.name in self.capabilities.settings)
        zeros = ChatSettings(**{name: value for name, value in sendable.items() if value == 0})
        seen = self.seen(attrs.evolve(ASK, settings=zeros), mode)

        assert zeros == seen.settings

    @clause("request.unset-is-not-sent", *EVERY)
    def test_what_nobody_set_is_not_sent(self, mode: Mode) -> None:
        """No sampling setting is made up: some models refuse temperature and top_p together.

        Defaults: of the adapter, of a library between, or of a null where a key should be left out.
        """
        seen = self.seen(ASK, mode)

        assert ChatSettings() == seen.settings

    @clause("request.model-per-call", *EVERY)
    def test_the_model_of_the_request_wins(self, mode: Mode) -> None:
        """A request may name its model; otherwise the adapter's own is asked.

        Where the model is chosen: `request.model or` the adapter's own, without keeping it.
        """
        chat = self.given(Replies())

        ask(chat, ASK, mode)
        ask(chat, attrs.evolve(ASK, model=self.other_model), mode)
        ask(chat, ASK, mode)

        first, second, third = (request.model for request in self.recorder.seen)
        assert first == third != second
        assert self.other_model.endswith(second or "?")

    @clause("request.nothing-sticks", *EVERY)
    def test_nothing_of_a_request_sticks_to_the_next(self, mode: Mode) -> None:
        """History, tools, format and settings of one call do not show up in another.

        State that outlives a call: a default that is changed, a list that is extended, a client that is configured.
        """
        chat = self.given(Replies())

        ask(chat, ASK, mode)
        ask(chat, ChatRequest(messages=[SystemMessage("Be brief."), *ASK.messages], settings=ZEROS), mode)
        ask(chat, ASK, mode)

        first, _, third = self.recorder.seen
        assert first == third

    @clause("request.key", *EVERY)
    def test_the_key_is_sent(self, mode: Mode) -> None:
        """The key goes with every request over HTTP, in a header or in the address.

        What the adapter does with its key: a header or a parameter of every request. `arrange` must give it
        `self.planted_key`.
        """
        ask(self.given(Replies()), ASK, mode)

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

        ask(self.given(Replies()), request, mode)

        assert before == request

    def _ignored_or_refused(self, request: ChatRequest, name: str, mode: Mode) -> bool:
        try:
            response = ask(self.given(Replies()), request, mode)
        except UnsupportedFeatureError:
            return self.recorder.count == 0
        return any(ignored.partition(".")[0] == name for ignored in response.ignored_settings)

    def _medium(self, kind: str) -> tuple[UserPart, bool]:
        match kind:
            case "image-url":
                return ImagePart(url="https://pictures.test/cat.png"), self.capabilities.images_by_url
            case "image-bytes":
                return ImagePart(data=PIXEL, media_type="image/png"), self.capabilities.images
            case "audio":
                return AudioPart(b"RIFF....WAVE", media_type="audio/wav"), self.capabilities.audio
            case _:
                return FilePart(data=b"%PDF-1.7", media_type="application/pdf", name="a.pdf"), self.capabilities.files


def _only(name: str) -> ChatSettings:
    told = attrs.asdict(FULL, filter=lambda field, _: field.name == name)
    return ChatSettings(**told)
