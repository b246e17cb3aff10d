"""Survivors that make no difference to a caller, and the reason, by file and change."""

# ruff: noqa: E501 -- a change is one line, as the page shows it
REASONS: dict[tuple[str, str], str] = {
    (
        "llm_core/domain/json_values.py",
        'keys = "".join(value) => keys = "XXXX".join(value)',
    ): "The joined keys are only searched for characters that are no ASCII and for surrogates.",
    (
        "llm_core/providers/compatible.py",
        "return (_REASONING if _MORPH_CHATS.search(model) else _EDITS)(model, base_url) => return (_REASONING if _MORPH_CHATS.search(model) else _EDITS)(model, None)",
    ): "Neither of the two rules depends on the address.",
}
