"""What an adapter claims. A claim of False is tested too: refused with UnsupportedFeatureError, and nothing sent."""

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


def _within(ability: str) -> bool:
    """Make a field that is False where *ability*, without which it is nothing, is not claimed."""

    def narrowed(claimed: bool, claims: attrs.AttrsInstance) -> bool:  # noqa: FBT001 -- attrs hands it in by position
        return claimed and bool(getattr(claims, ability))

    field: bool = attrs.field(default=True, converter=attrs.Converter(narrowed, takes_self=True))
    return field


@attrs.frozen(kw_only=True)
class Capabilities:
    """What the adapter under test can carry to its fake provider.

    Without `tools` there is no `tool_choice` either, without `images` there are no `images_by_url`.
    `settings` names the fields of ChatSettings that are sent; any other stands in `ignored_settings`, or is refused.
    `http`: the fake provider is asked over HTTP.
    `cancels_promptly`: a cancelled call frees its connection at once (a thread cannot be cancelled: it frees by timeout).
    """

    tools: bool = True
    tool_choice: bool = _within("tools")
    json_output: bool = True
    json_schema_output: bool = True
    images: bool = True
    images_by_url: bool = _within("images")
    audio: bool = True
    files: bool = True
    http: bool = True
    cancels_promptly: bool = True
    settings: frozenset[str] = SETTINGS
