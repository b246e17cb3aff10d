"""Survivors that make no difference to a caller, and the reason, by file and change."""

# ruff: noqa: E501 -- a change is one line, as the page shows it
REASONS: dict[tuple[str, str], str] = {
    (
        "llm_core/ports/open_calls.py",
        "ends: bool = False => ends: bool = None",
    ): "A flag that is not set: None is false as well.",
    (
        "llm_core/wires/openai_chat/decode.py",
        "done: bool = False => done: bool = None",
    ): "A flag that is not set: None is false as well.",
    (
        "llm_core/wires/gemini/decode.py",
        'text = part.get("text") => text = None',
    ): "A short cut for the usual event: without it the part is read as any other, with the same result.",
    (
        "llm_core/domain/json_values.py",
        'validators.refuse_surrogates("", "".join(cast("Collection[str]", values))) => validators.refuse_surrogates("", "".join(cast("Collection[str]", )))',
    ): "A short cut for many texts at once: where it fails, the full check reads the same value.",
    (
        "llm_core/domain/json_values.py",
        'validators.refuse_surrogates("", "".join(cast("Collection[str]", values))) => validators.refuse_surrogates("".join(cast("Collection[str]", values)))',
    ): "A short cut for many texts at once: where it fails, the full check reads the same value.",
    (
        "llm_core/domain/json_values.py",
        'keys = "".join(value) => keys = "XXXX".join(value)',
    ): "The joined keys are only searched for characters that are no ASCII and for surrogates.",
    (
        "llm_core/transport/connection_pool.py",
        "_idle: dict[tuple[str, str], _Idle] = attrs.field(factory=dict, repr=False) # by scheme and authority => _idle: dict[tuple[str, str], _Idle] = attrs.field(factory=dict, repr=True) # by scheme and authority",
    ): "The class has no repr of attrs, in which the field could stand.",
    (
        "llm_core/providers/fireworks.py",
        "return attrs.evolve(chat_address(base_url, model, options), model=_resource(model)) => return attrs.evolve(chat_address(base_url, None, options), model=_resource(model))",
    ): "The model of this address is replaced in the same statement.",
    (
        "llm_core/domain/usage.py",
        "if value is None or (type(value) is int and 0 <= value <= _USUAL): => if value is None or (type(value) is int and 0 < value <= _USUAL):",
    ): "A short cut for usual counts: 0 passes the full check as well.",
    (
        "llm_core/providers/compatible.py",
        "return (_REASONING if _MORPH_CHATS.search(model) else _EDITS)(model, base_url) => return (_REASONING if _MORPH_CHATS.search(model) else _EDITS)(model, None)",
    ): "Neither of the two rules depends on the address.",
}
