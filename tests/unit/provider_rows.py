"""Requests and answers for each provider with OpenAI's Chat Completions API, and how single hosts differ."""

import json
from collections.abc import Mapping

import attrs

from llm_core import (
    AssistantMessage,
    AudioPart,
    ChatRequest,
    ChatSettings,
    FilePart,
    FinishReason,
    ImagePart,
    JsonOutput,
    JsonSchemaOutput,
    NamedTool,
    SystemMessage,
    TextPart,
    Tool,
    ToolCall,
    ToolMessage,
    Usage,
    UserMessage,
)
from llm_core.testing import Breaks, Call, Fails, Replies, Scenario

SCHEMA = {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}
LOOK = Tool(name="look", description="Looks.", parameters=SCHEMA)
HELLO = UserMessage("Hello")
LONG_ID = "toolu/" + 50 * "x"  # which no pattern of ids allows


def history(*ids: str) -> ChatRequest:
    """Return a history with three calls of these ids; the last of them failed."""
    calls = [ToolCall(id=id, name="look", arguments={"place": place}) for id, place in zip(ids, "ABC", strict=True)]
    results = [
        ToolMessage("1", tool_call_id=ids[0]),
        ToolMessage("2", tool_call_id=ids[1]),
        ToolMessage("no", tool_call_id=ids[2], is_error=True),
    ]
    return ChatRequest(messages=[HELLO, AssistantMessage("Wait.", tool_calls=calls), *results, UserMessage("And now?")])


REQUESTS: Mapping[str, ChatRequest] = {
    "text": ChatRequest(messages=[SystemMessage("Be brief."), HELLO]),
    "settings": ChatRequest(
        messages=[HELLO],
        settings=ChatSettings(
            temperature=0.5,
            top_p=0.9,
            max_tokens=50,
            stop="END",
            seed=7,
            presence_penalty=0.1,
            frequency_penalty=0.2,
            reasoning_effort="high",
        ),
    ),
    "one call": ChatRequest(messages=[HELLO], tools=[LOOK], settings=ChatSettings(parallel_tool_calls=False)),
    "forced tool": ChatRequest(messages=[HELLO], tools=[LOOK], tool_choice="required"),
    "named tool": ChatRequest(messages=[HELLO], tools=[LOOK], tool_choice=NamedTool("look")),
    "strict tool": ChatRequest(
        messages=[HELLO], tools=[Tool(name="look", description="Looks.", parameters=SCHEMA, strict=True)]
    ),
    "json": ChatRequest(messages=[HELLO], output=JsonOutput()),
    "schema": ChatRequest(messages=[HELLO], output=JsonSchemaOutput(name="place", schema=SCHEMA)),
    "schema with tools": ChatRequest(
        messages=[HELLO], tools=[LOOK], output=JsonSchemaOutput(name="place", schema=SCHEMA)
    ),
    "media": ChatRequest(
        messages=[
            UserMessage(
                [
                    TextPart("Look:"),
                    ImagePart(url="https://example.com/a.png"),
                    ImagePart(data=b"png", media_type="image/png"),
                ]
            )
        ]
    ),
    "files": ChatRequest(
        messages=[
            UserMessage(
                [
                    AudioPart(b"wav", media_type="audio/wav"),
                    FilePart(data=b"pdf", media_type="application/pdf", name="a.pdf"),
                ]
            )
        ]
    ),
    "history": history(LONG_ID, "same", "same"),
}
"""What every host is sent."""

_CALL = Call(name="look", arguments_text='{"place": "A"}', id="call00001")
ANSWERS: Mapping[str, Scenario] = {
    "text": Replies(text="Hello there."),
    "reasoning": Replies(text="So.", reasoning="I think."),
    "call": Replies(text=None, calls=[_CALL], finish_reason=FinishReason.TOOL_CALLS),
    "calls": Replies(
        text="Both:",
        calls=[_CALL, Call(name="look", arguments_text="", id="call00002")],
        call_layout="interleaved",
        finish_reason=FinishReason.TOOL_CALLS,
    ),
    "length": Replies(text="Cut o", finish_reason=FinishReason.LENGTH),
    "filter": Replies(text="", finish_reason=FinishReason.CONTENT_FILTER),
    "refusal": Replies(text=None, refusal="I cannot."),
    "usage": Replies(usage=Usage(input_tokens=9, output_tokens=8, cache_read_tokens=4, reasoning_tokens=3)),
    "rate limit": Fails(status=429, retry_after=3),
    "cut": Breaks(how="cut"),
    "error": Breaks(how="error"),
}
"""What every host answers."""


PENALTIES = frozenset({"presence_penalty", "frequency_penalty"})
EFFORT = frozenset({"reasoning_effort"})
PARALLEL = frozenset({"parallel_tool_calls"})
SEED = frozenset({"seed"})
ALL_SETTINGS = frozenset({"temperature", "top_p", "max_tokens", "stop", "seed"}) | PENALTIES | EFFORT | PARALLEL
TOOLS = frozenset({"one call", "forced tool", "named tool", "strict tool", "schema with tools"})
SCHEMAS = frozenset({"schema", "schema with tools"})
OUTPUTS = SCHEMAS | {"json"}
NONE = frozenset[str]()


@attrs.frozen(kw_only=True)
class Host:
    """How the requests of one provider differ from OpenAI's, and what its model accepts."""

    model: str = "some-model"
    sent_model: str | None = None
    ignored: frozenset[str] = EFFORT
    refused: frozenset[str] = NONE
    path: str = "/v1/chat/completions"
    header: str = "authorization"
    scheme: str = "Bearer "
    names: Mapping[str, str] = attrs.field(factory=dict)
    """Words and names of fields of the provider, and OpenAI's in their place."""
    ids: str = ".+"
    """What every id of a call matches."""
    stream_usage: bool = True

    def in_openai_words(self, body: str) -> str:
        """Return *body* with OpenAI's words in place of the provider's."""
        for own, openai in self.names.items():
            body = body.replace(own, openai)
        return body


LOCAL = Host(ignored=NONE)
JAMBA = Host(ignored=PENALTIES | PARALLEL | EFFORT, stream_usage=False)
NEWER_LIMIT = {'"max_completion_tokens"': '"max_tokens"'}
MISTRAL = {
    '"random_seed"': '"seed"',
    '{"type":"document_url","document_url":"data:application/pdf;base64,cGRm","document_name":"a.pdf"}': json.dumps(
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,cGRm", "filename": "a.pdf"}}
    ),
}
HOSTS: Mapping[str, Host] = {
    "ai21": JAMBA,
    "ai21_chat": JAMBA,
    "amazon_nova": Host(ignored=PENALTIES | PARALLEL | SEED, refused=OUTPUTS),
    "azure": Host(
        model="gpt5_series/mine",
        sent_model="mine",
        ignored=PENALTIES | {"stop", "temperature", "top_p"},
        path="/v1/openai/deployments/mine/chat/completions?api-version=2024-10-21",
        header="api-key",
        scheme="",
        names=NEWER_LIMIT,
        ids=".{1,40}",
    ),
    "azure_ai": Host(model="Phi-4", header="api-key", scheme=""),
    "baseten": Host(ignored=PARALLEL | EFFORT),
    "cerebras": Host(model="gpt-oss-120b", ignored=PENALTIES | PARALLEL, stream_usage=False),
    "clarifai": Host(
        model="openai.chat-completion.gpt-4o",
        sent_model="https://clarifai.com/openai/chat-completion/models/gpt-4o",
        ignored=SEED | EFFORT | PARALLEL | {"stop"},
    ),
    "codestral": Host(model="codestral-latest", names=MISTRAL, ids="[a-zA-Z0-9]{9}", stream_usage=False),
    "custom_openai": LOCAL,
    "dashscope": LOCAL,
    "databricks": Host(ignored=PENALTIES | PARALLEL | SEED, stream_usage=False),
    "deepinfra": Host(
        model="mistralai/Mistral-Small-3.2-24B-Instruct-2506",
        ignored=PARALLEL | SEED | EFFORT,
        refused=frozenset({"forced tool", "named tool"}),
        ids="[a-zA-Z0-9]{9}",
        stream_usage=False,
    ),
    "deepseek": Host(
        model="deepseek-chat",
        ignored=NONE,
        refused=SCHEMAS | {"files"},
        names={',"thinking":{"type":"enabled"}': "", ',"reasoning_content":""': ""},
    ),
    "docker_model_runner": LOCAL,
    "featherless_ai": Host(ignored=SEED | EFFORT | PARALLEL, refused=TOOLS | OUTPUTS, stream_usage=False),
    "fireworks_ai": Host(
        model="deepseek-v3p2",
        sent_model="accounts/fireworks/models/deepseek-v3p2",
        ignored=NONE,
        refused=frozenset({"strict tool", "schema with tools"}),
        names={'"tool_choice":"any"': '"tool_choice":"required"'},
    ),
    "gradient_ai": Host(ignored=SEED | EFFORT | PARALLEL, refused=TOOLS | OUTPUTS),
    "groq": Host(model="openai/gpt-oss-120b", ignored=NONE, refused=frozenset({"schema with tools", "files"})),
    "hosted_vllm": LOCAL,
    "huggingface": Host(model="together/meta-llama/Llama-3.3-70B-Instruct"),
    "hyperbolic": Host(ignored=PARALLEL | EFFORT, stream_usage=False),
    "inception": Host(ignored=PENALTIES | PARALLEL | SEED | {"top_p"}),
    "lemonade": LOCAL,
    "litellm_proxy": LOCAL,
    "llamafile": LOCAL,
    "lm_studio": LOCAL,
    "meta_llama": Host(refused=frozenset({"json"})),
    "mistral": Host(model="mistral-medium-3-5", ignored=NONE, names=MISTRAL, ids="[a-zA-Z0-9]{9}", stream_usage=False),
    "moonshot": Host(
        model="kimi-k3",
        ignored=PENALTIES | {"temperature", "top_p"},
        refused=frozenset({"named tool"}),
        names={',"reasoning_content":" "': ""},
    ),
    "morph": Host(ignored=ALL_SETTINGS, refused=TOOLS | OUTPUTS, stream_usage=False),
    "nadir": Host(ignored=SEED | EFFORT | PARALLEL | {"stop"}, refused=TOOLS, stream_usage=False),
    "nscale": Host(ignored=SEED | EFFORT | PARALLEL, refused=TOOLS, stream_usage=False),
    "nvidia_nim": Host(stream_usage=False),
    "oobabooga": LOCAL,
    "openai": Host(model="o3", ignored=PENALTIES | {"temperature", "top_p", "stop"} | PARALLEL, names=NEWER_LIMIT),
    "openai_like": LOCAL,
    "openrouter": Host(model="anthropic/claude-sonnet-4.5", ignored=NONE),
    "perplexity": Host(
        model="sonar-deep-research",
        ignored=SEED | PARALLEL | {"stop"},
        refused=TOOLS | {"json"},
        stream_usage=False,
    ),
    "qwen_ai_platform": LOCAL,
    "qwencloud": LOCAL,
    "sail": Host(ignored=PENALTIES | SEED | {"stop"}),
    "sambanova": Host(ignored=PENALTIES | SEED | EFFORT),
    "sarvam": Host(header="api-subscription-key", scheme=""),
    "snowflake": Host(
        path="/v1/cortex/v1/chat/completions",
        ignored=PENALTIES | SEED | EFFORT | PARALLEL | {"stop"},
        refused=OUTPUTS,
        names=NEWER_LIMIT,
        stream_usage=False,
    ),
    "tencent": Host(model="deepseek-v4-pro"),
    "together_ai": Host(model="zai-org/GLM-5.2", ignored=NONE),
    "v0": Host(ignored=ALL_SETTINGS, refused=OUTPUTS, stream_usage=False),
    "volcengine": Host(ignored=PARALLEL | EFFORT, refused=OUTPUTS),
    "xai": Host(model="grok-4.5", ignored=PENALTIES | {"stop"}),
    "xinference": LOCAL,
    "zai": Host(
        model="glm-5.2",
        ignored=PENALTIES | SEED | PARALLEL,
        refused=SCHEMAS | {"forced tool", "named tool", "strict tool"},
    ),
}
"""Every other host differs in its address and its key alone, and lets no one set the effort of reasoning."""
