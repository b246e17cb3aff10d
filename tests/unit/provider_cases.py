"""For each provider of the direct table: a model, its endpoint, and the body expected for `rich_request`."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Literal

import attrs

from llm_core import ChatError, ChatRequest, ChatSettings, SystemMessage, Tool, UserMessage
from llm_core.adapters.litellm import LiteLLMChat
from llm_core.testing import FakeProvider, RecordedRequest, Replies

KEY = "sk-planted-0123456789abcdef"
SCHEMA = {
    "type": "object",
    "properties": {"place": {"type": "string"}},
    "required": ["place"],
    "additionalProperties": False,
}
LOOK = Tool(name="look", description="Looks.", parameters=SCHEMA, strict=True)
SETTINGS = ChatSettings(
    temperature=0.5,
    top_p=0.9,
    max_tokens=50,
    stop="END",
    seed=7,
    presence_penalty=0.1,
    frequency_penalty=0.2,
    parallel_tool_calls=False,
)
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]
FUNCTION = {"name": "look", "description": "Looks.", "parameters": SCHEMA, "strict": True}
OPENAI: Mapping[str, object] = {
    "messages": MESSAGES,
    "tools": [{"type": "function", "function": FUNCTION}],
    "tool_choice": "required",
    "temperature": 0.5,
    "top_p": 0.9,
    "max_tokens": 50,
    "stop": ["END"],
    "seed": 7,
    "presence_penalty": 0.1,
    "frequency_penalty": 0.2,
    "parallel_tool_calls": False,
    "stream": True,
    "stream_options": {"include_usage": True},
}


@attrs.frozen
class Case:
    """A model, its provider's endpoint, and how the body differs from OpenAI's; None stands for an absent field."""

    model: str
    base: str = "/v1"
    path: str = "/v1/chat/completions"
    key: str = f"authorization: Bearer {KEY}"
    body: Mapping[str, object] = attrs.field(factory=dict)
    dialect: str = "openai_chat"
    tools: bool = True
    choice: Literal["auto", "required"] = "required"
    strict: bool = True


NO_PENALTIES = {"presence_penalty": None, "frequency_penalty": None}
CASES = {
    "openai": Case("gpt-4o"),
    "azure": Case(
        "my-gpt-4o",
        base="",
        path="/openai/deployments/my-gpt-4o/chat/completions?api-version=2024-12-01-preview",
        key=f"api-key: {KEY}",
    ),
    "openrouter": Case("anthropic/claude-sonnet-4.5", body={"usage": {"include": True}}),
    "groq": Case("openai/gpt-oss-120b"),
    "mistral": Case(
        "mistral-large-latest", body={"seed": None, "random_seed": 7, "stream_options": None, **NO_PENALTIES}
    ),
    "deepseek": Case("deepseek-chat"),
    "xai": Case("grok-4", body={"stop": None, "frequency_penalty": None}),
    "together_ai": Case("meta-llama/Llama-3.3-70B-Instruct-Turbo"),
    "fireworks_ai": Case(
        "accounts/fireworks/models/kimi-k2-instruct",
        strict=False,
        body={"tools": [{"type": "function", "function": {**FUNCTION, "strict": None}}], "tool_choice": "any"},
    ),
    "perplexity": Case(
        "sonar-pro",
        path="/v1/chat/completions",
        tools=False,
        body=dict.fromkeys(("tools", "tool_choice", "parallel_tool_calls", "stop", "seed", "stream_options")),
    ),
    "hosted_vllm": Case("Qwen/Qwen3-8B"),
    "lm_studio": Case("qwen3"),
    "llamafile": Case("gemma"),
    "litellm_proxy": Case("gpt-4o"),
    "anthropic": Case(
        "claude-sonnet-4-5",
        base="",
        path="/v1/messages",
        key=f"x-api-key: {KEY}",
        dialect="anthropic_messages",
        body={
            **dict.fromkeys(("seed", "presence_penalty", "frequency_penalty", "parallel_tool_calls", "stream_options")),
            "system": [{"type": "text", "text": "Be brief."}],
            "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
            "tools": [
                {"name": "look", "description": "Looks.", "input_schema": SCHEMA, "type": "custom", "strict": True}
            ],
            "tool_choice": {"type": "any", "disable_parallel_tool_use": True},
            "stop": None,
            "stop_sequences": ["END"],
        },
    ),
    "gemini": Case(
        "gemini-2.5-flash",
        base="/v1beta",
        path="/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
        key=f"x-goog-api-key: {KEY}",
        dialect="gemini",
        body={
            **dict.fromkeys((*OPENAI, "model")),
            "systemInstruction": {"parts": [{"text": "Be brief."}]},
            "contents": [{"role": "user", "parts": [{"text": "Hello"}]}],
            "tools": [
                {
                    "functionDeclarations": [
                        {
                            "name": "look",
                            "description": "Looks.",
                            "parametersJsonSchema": SCHEMA,
                        }
                    ]
                }
            ],
            "toolConfig": {"functionCallingConfig": {"mode": "ANY"}},
            "generationConfig": {
                "temperature": 0.5,
                "topP": 0.9,
                "maxOutputTokens": 50,
                "stopSequences": ["END"],
                "seed": 7,
                "presencePenalty": 0.1,
                "frequencyPenalty": 0.2,
            },
        },
    ),
    "ollama_chat": Case(
        "llama3.2",
        base="",
        path="/api/chat",
        dialect="ollama_chat",
        choice="auto",
        body={
            **dict.fromkeys(OPENAI),
            "messages": MESSAGES,
            "tools": OPENAI["tools"],
            "stream": True,
            "options": {"temperature": 0.5, "top_p": 0.9, "num_predict": 50, "stop": ["END"], "seed": 7},
        },
    ),
    "cohere_chat": Case(
        "command-a-03-2025",
        base="/v2/chat",
        path="/v2/chat",
        body={
            **dict.fromkeys(("top_p", "stop", "parallel_tool_calls", "stream_options")),
            "p": 0.9,
            "stop_sequences": ["END"],
            "tool_choice": "REQUIRED",
            "strict_tools": True,
            "tools": [{"type": "function", "function": {**FUNCTION, "strict": None}}],
        },
    ),
}


def rich_request(case: Case) -> ChatRequest:
    """Return a request with every setting and a tool, reduced to what the provider of *case* accepts."""
    return ChatRequest(
        messages=[SystemMessage("Be brief."), UserMessage("Hello")],
        tools=[attrs.evolve(LOOK, strict=case.strict)] if case.tools else [],
        tool_choice=case.choice if case.tools else "auto",
        settings=SETTINGS,
    )


def chat_of(provider: str, url: str, lane: Literal["direct", "call"] = "direct") -> LiteLLMChat:
    """Return an adapter that sends requests for *provider* to *url*."""
    case = CASES[provider]
    return LiteLLMChat(
        f"{provider}/{case.model}",
        api_key=KEY,
        api_base=url + case.base,
        lane=lane,
        provider_options={"api_version": "2024-12-01-preview"} if provider == "azure" else {},
    )


def sent_by(provider: str, lane: Literal["direct", "call"], request: ChatRequest) -> RecordedRequest:
    """Stream *request* and return the one HTTP request that the fake provider received."""
    fake_provider = FakeProvider(Replies(), CASES[provider].dialect)
    with (
        fake_provider,
        chat_of(provider, fake_provider.url, lane) as chat,
        suppress(ChatError),
    ):  # the fake provider answers in OpenAI's format, which Cohere's decoder does not accept
        chat.stream(request).until_done()
    (sent,) = (sent_request for sent_request in fake_provider.recorder.requests if sent_request.path != "/api/show")
    return sent
