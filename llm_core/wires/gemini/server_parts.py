"""Parts of tools that Google runs itself (code execution, search): the closed list of those that are replayed.

Sources: https://ai.google.dev/gemini-api/docs/code-execution, https://ai.google.dev/gemini-api/docs/tool-combination.
"""

from collections.abc import Mapping

from llm_core.domain.json_values import JsonObject

SIGNATURE = "thoughtSignature"
SERVER_RUN = frozenset({"toolCall", "toolResponse", "executableCode", "codeExecutionResult"})
_FIELDS = SERVER_RUN | {SIGNATURE}


def server_part(part: Mapping[str, object]) -> JsonObject | None:
    """Return the fields of *part* that are replayed; None if Google did not run a tool in it."""
    known = {name: value for name, value in part.items() if name in SERVER_RUN}
    signature = part.get(SIGNATURE)
    signed = {SIGNATURE: signature} if isinstance(signature, str) else {}
    return {**known, **signed} if _is_server_part(known) else None


def is_server_part(part: object) -> bool:
    """Return whether *part*, which stands in a history, is such a part and nothing else."""
    return isinstance(part, dict) and part.keys() <= _FIELDS and _is_server_part(part)


def _is_server_part(part: Mapping[str, object]) -> bool:
    content = [value for name, value in part.items() if name in SERVER_RUN]
    is_signed = isinstance(part.get(SIGNATURE, ""), str)
    return len(content) == 1 and isinstance(content[0], dict) and is_signed
