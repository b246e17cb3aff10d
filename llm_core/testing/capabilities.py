"""What an adapter claims to support. A claim of False is tested too: the request must be refused before it is sent."""

import attrs

SETTINGS = frozenset(
    {
        "temperature",
        "top_p",
        "max_tokens",
        "stop",
        "seed",
        "presence_penalty",
        "frequency_penalty",
        "reasoning_effort",
        "parallel_tool_calls",
        "extra",
    }
)

"""The settings that most providers have."""

RARE_SETTINGS = frozenset({"cache", "service_tier"})
"""The settings that few providers have."""


def _within(ability: str) -> bool:
    """Return a boolean field that is False unless the *ability* that it depends on is claimed too."""

    def narrowed(claimed: bool, claims: attrs.AttrsInstance) -> bool:  # noqa: FBT001 -- attrs passes it by position
        return claimed and bool(getattr(claims, ability))

    field: bool = attrs.field(default=True, converter=attrs.Converter(narrowed, takes_self=True))
    return field


@attrs.frozen(kw_only=True)
class Capabilities:
    """What the adapter under test can send to the provider.

    `tool_choice` needs `tools`, `named_tool_choice` needs `tool_choice`, and `images_by_url` needs `images`.
    `settings` names the fields of ChatSettings that the adapter sends; any other field must appear in
    `ignored_settings`, or the request must be refused. `http`: the adapter calls the fake provider over HTTP.
    `cancels_promptly`: a cancelled call frees its connection at once (a thread cannot be cancelled: it frees the
    connection when its timeout has passed). `closes_from_other_threads`: `close` of a stream or of the adapter ends the
    wait of a sync call in another thread at once (if not, that call ends by its timeout). `request_ids_of_answers`: the
    error of an answer that broke off holds the request id of the answer's head; False: it may.

    `rare_fields`: the adapter was written with `RARE_SETTINGS` and `server_tools` in mind: it names or refuses those
    that it does not claim. False: those that it does not claim are not checked, for adapters that are older.
    `server_tools`: it sends the tools that its own provider runs.
    """

    tools: bool = True
    tool_choice: bool = _within("tools")
    named_tool_choice: bool = _within("tool_choice")
    json_output: bool = True
    json_schema_output: bool = True
    images: bool = True
    images_by_url: bool = _within("images")
    audio: bool = True
    files: bool = True
    http: bool = True
    cancels_promptly: bool = True
    closes_from_other_threads: bool = True
    request_ids_of_answers: bool = False
    settings: frozenset[str] = SETTINGS
    server_tools: bool = False
    rare_fields: bool = False
