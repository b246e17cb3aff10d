"""A program that knows a provider's own SDK alone: ``clients.py openai URL`` prints what three calls led to, as JSON.

It runs in the virtual environment of the SDKs, which has nothing of this project.
"""

import json
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any


def sdk(name: str) -> Any:  # noqa: ANN401 -- the SDKs are not installed where types are checked
    """Return the SDK *name*."""
    return import_module(name)


def openai_text(url: str) -> str:
    """Return the text of a streamed answer, by OpenAI's SDK."""
    client = sdk("openai").OpenAI(base_url=f"{url}/v1", api_key="sk-any", max_retries=0)
    messages = [{"role": "user", "content": "Who is there?"}]
    chunks = client.chat.completions.create(model="any-model", messages=messages, stream=True)
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def anthropic_text(url: str) -> str:
    """Return the text of a streamed answer, by Anthropic's SDK."""
    client = sdk("anthropic").Anthropic(base_url=url, api_key="sk-any", max_retries=0)
    messages = [{"role": "user", "content": "Who is there?"}]
    with client.messages.stream(model="any-model", max_tokens=64, messages=messages) as stream:
        return "".join(stream.text_stream)


def outcome(call: Callable[[str], str], url: str) -> str:
    """Return the text of the answer, or the name of the error class."""
    try:
        return call(url)
    except Exception as error:  # noqa: BLE001 -- whatever the SDK raises is the result
        return type(error).__name__


if __name__ == "__main__":
    CALL = {"openai": openai_text, "anthropic": anthropic_text}[sys.argv[1]]
    sys.stdout.write(json.dumps([outcome(CALL, sys.argv[2]) for _ in range(3)]))
