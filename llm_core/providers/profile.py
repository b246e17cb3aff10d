"""`Profile`: where a provider is, which key it takes, which wire it uses, and what its answers and errors need."""

import re
from collections.abc import Callable

import attrs

from llm_core.wires.anthropic_messages.decode import SERVER_RUN_ID_PREFIXES
from llm_core.wires.decoder import WireDecoder
from llm_core.wires.framing import SSEDecoder, StreamFramer


@attrs.frozen(kw_only=True)
class Profile:
    """One provider."""

    decoder: Callable[[], WireDecoder]
    """Makes the decoder of one answer."""
    framer: Callable[[], StreamFramer] = SSEDecoder
    """Makes the splitter of one stream into events."""
    openai_wire: bool = False
    """Whether requests are in the format of OpenAI chat completions: tool arguments as text, tool results as text."""
    arguments_as_text: bool = False
    """Whether tool arguments are sent as text although the wire is not OpenAI's."""
    direct: bool = True
    """Whether `LiteLLMChat` may take its direct lane: recordings prove that the answers are decoded right."""
    base_url: str | None = None
    """The address if neither the caller nor a variable gives one; None: the caller must, or LiteLLM knows it."""
    base_variables: tuple[str, ...] = ()
    """Environment variables that hold an address, the first one that is set counts."""
    key_variables: tuple[str, ...] = ()
    """Environment variables that hold a key, where LiteLLM does not look them up itself."""
    key_optional: bool = False
    """Whether requests without a key are sent: local servers accept them."""
    provider_options: frozenset[str] = frozenset()
    """The `provider_options` that the direct lane understands."""
    tool_call_id_pattern: re.Pattern[str] | None = None
    """What an id of a tool call must match as a whole; None: any id is accepted."""
    server_run_id_prefixes: tuple[str, ...] = SERVER_RUN_ID_PREFIXES
    """Prefixes of the ids of calls that the provider runs itself; gateways report Anthropic's as ordinary calls."""
    litellm_invents_ids: bool = False
    """Whether LiteLLM's own call drops the provider's id of an answer and generates another."""
