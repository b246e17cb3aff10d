"""Sentences of clauses as HTML."""

import re
from html import escape

_CODE = re.compile(r"(`{1,2})(?!`)(.+?)(?<!`)\1(?!`)")


def prose(text: str) -> str:
    """Return *text* escaped, with what stands between backticks as code."""
    return _CODE.sub(lambda found: f"<code>{found[2].strip()}</code>", escape(text))
