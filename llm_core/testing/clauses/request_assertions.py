"""How the clauses look at what was sent, or was not."""

from collections.abc import Collection

import attrs
import pytest

from llm_core.domain.errors import UnsupportedFeatureError
from llm_core.domain.json_values import json_text
from llm_core.domain.requests import ChatRequest, JsonOutput, JsonSchemaOutput, OutputFormat
from llm_core.domain.responses import ChatResponse
from llm_core.domain.settings import ChatSettings
from llm_core.domain.tools import Tool
from llm_core.testing.capabilities import SETTINGS
from llm_core.testing.scenarios import Replies

from .author_api import ContractAuthorApi
from .modes import Mode, call_in_mode
from .rich_requests import CITY, chosen
from .sample_requests import ASK, ASK_WITH_TOOLS


class Sending(ContractAuthorApi):
    """What the fake provider saw of a request, and whether it was refused."""

    def seen(self, request: ChatRequest, mode: Mode) -> ChatRequest:
        """Return what the fake provider understood of *request*, in the normal form that `carried` has too."""
        call_in_mode(self.make_chat(Replies()), request, mode)
        return self.received_request(request)

    def refused(self, request: ChatRequest, mode: Mode, *, claimed: bool) -> bool:
        """Return whether the ability is not claimed, having seen that it is then refused and nothing sent."""
        if claimed:
            return False
        with pytest.raises(UnsupportedFeatureError):
            call_in_mode(self.make_chat(Replies()), request, mode)
        assert 0 == self.recorder.count
        self.was_refused: bool = True
        return True

    def answered(self, request: ChatRequest, mode: Mode) -> ChatResponse | None:
        """Return the answer; None where *request* is refused, and nothing was sent."""
        try:
            return call_in_mode(self.make_chat(Replies()), request, mode)
        except UnsupportedFeatureError:
            assert 0 == self.recorder.count
            self.was_refused = True
        return None

    def refuses(self, request: ChatRequest, mode: Mode) -> bool:
        """Return whether *request* is refused with nothing sent; otherwise it was sent, and answered."""
        return self.answered(request, mode) is None

    def settings_arrive(self, request: ChatRequest, mode: Mode) -> bool:
        """Return whether *request* was taken, having seen that its settings arrive, or that the answer names them."""
        response = self.answered(request, mode)
        if response is None:
            return False
        ignored = {name.partition(".")[0] for name in response.ignored_settings}
        carried, seen = self.expected_request(request).settings, self.received_request(request).settings
        assert _without(carried, ignored) == _without(seen, ignored)
        return True

    def full(self) -> ChatRequest:
        """Return a request for all that is claimed: tools, a choice of them, a shape of the answer."""
        abilities = self.capabilities
        shape = CITY if abilities.json_schema_output else JsonOutput() if abilities.json_output else None
        request = ASK_WITH_TOOLS if abilities.tools else ASK
        return attrs.evolve(request, output=shape, tool_choice="required" if abilities.tool_choice else "auto")

    def sent(self) -> str:
        """Return what was sent last: its body, or without HTTP all that was reported."""
        return self.recorder.requests[-1].body.decode() if self.recorder.requests else repr(self.recorder.last)


def spelled_tools(request: ChatRequest) -> list[tuple[Tool, str]]:
    """Return the tools, and their parameters spelled out: == does not see the order of a schema, and models do."""
    return [(tool, json_text(tool.parameters)) for tool in request.tools]


def spelled_output(request: ChatRequest) -> tuple[OutputFormat | None, str]:
    """Return the shape that is asked of the answer, and its schema spelled out."""
    output = request.output
    return output, json_text(output.schema) if isinstance(output, JsonSchemaOutput) else ""


def _without(settings: ChatSettings, names: Collection[str]) -> ChatSettings:
    return chosen(settings, SETTINGS - {*names})
