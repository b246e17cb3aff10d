"""Why our requests differ from those of LiteLLM's configs: each row explains some differences, and must occur."""

import attrs


@attrs.frozen
class Explained:
    """Differences with one reason. All but the reason are patterns, in which a star stands for any text."""

    model: str
    request: str
    what: str
    reason: str


_UNKNOWN = "LiteLLM sends tools only for models that its map marks; this one is not in it"
_TEXT_ONLY = "LiteLLM turns the list into text, and drops the images; the host answers 400 if it reads no list"
_GEMINI_SCHEMA = "LiteLLM keeps only what an OpenAPI schema can hold; we send the whole JSON schema"
_PREFIXES = (
    *("apertis", "assemblyai", "charity_engine", "chutes", "cognition", "cortecs", "darkbloom", "helicone"),
    *("libertai", "nano-gpt", "neosantara", "parasail", "pinstripes", "poe", "prism", "publicai", "reka"),
    *("sambanova", "scaleway", "scx-ai", "synthetic", "tensormesh", "xiaomi_mimo"),
)
_NO_SCHEMAS = ("amazon_nova", "featherless_ai", "gradient_ai", "morph", "snowflake", "v0", "volcengine")
_NO_TOOLS = ("featherless_ai", "gradient_ai", "morph", "nadir", "nscale", "perplexity")
_LOCAL = ("custom_openai", "docker_model_runner", "llamafile", "lm_studio", "oobabooga", "openai_like")

EXPLAINED = (
    Explained("*", "calls: parts", "messages.#.content: another value", "we send a single text part as text"),
    *(Explained(f"{name}/*", "*", f"{field}: ours alone", _UNKNOWN) for name in _PREFIXES for field in ("tools",)),
    *(Explained(f"{name}/*", "choice: *", "tool_choice: ours alone", _UNKNOWN) for name in _PREFIXES),
    *(Explained(f"{name}/*", "choice: one call", "parallel_tool_calls: ours alone", _UNKNOWN) for name in _PREFIXES),
    *(
        Explained(f"{name}/*", "messages: *", "messages.#.content: another value", _TEXT_ONLY)
        for name in (*("azure_ai", "docker_model_runner", "heroku", "modelscope", "publicai", "sambanova", "moonshot"),)
    ),
    *(
        Explained(f"{name}/*", "output: *", "refused: output: *", "LiteLLM drops the output format in silence")
        for name in _NO_SCHEMAS
    ),
    *(
        Explained(f"{name}/*", "*", "refused: tools", "LiteLLM drops tools in silence, or raises later")
        for name in _NO_TOOLS
    ),
    *(
        Explained(
            f"{name}/*", "settings: effort *", "reasoning_effort: ours alone", "a server of one's own may accept it"
        )
        for name in _LOCAL
    ),
    *(
        Explained(
            f"{name}/*",
            "calls: long id",
            f"messages.#.{field}: another value",
            "LiteLLM sends an id that the provider refuses",
        )
        for name in ("azure", "codestral", "mistral", "openai")
        for field in ("tool_call_id", "tool_calls.#.id")
    ),
    # OpenAI and Azure
    Explained("openai/o3", "messages: *", "messages.#.role: another value", "LiteLLM makes a user of the system"),
    # Anthropic
    Explained("anthropic/*", "frame", "header *: LiteLLM's alone", "LiteLLM names betas, which are released"),
    Explained("anthropic/*", "frame", "address: *", "LiteLLM's call adds the path"),
    Explained("anthropic/*", "*", "LiteLLM raises AnthropicError", "LiteLLM parses arguments that are not JSON"),
    Explained("anthropic/*", "*", "max_tokens: another value", "LiteLLM's own default, and room for thinking"),
    Explained("anthropic/*", "calls: failed", "messages.#.content.#.content: another value", "there is a flag instead"),
    Explained("anthropic/*", "calls: failed", "messages.#.content.#.is_error: ours alone", "LiteLLM drops the flag"),
    Explained("anthropic/*", "calls: long id", "messages.#.content.#.id: another value", "another valid id"),
    Explained("anthropic/*", "calls: long id", "messages.#.content.#.tool_use_id: another value", "another valid id"),
    Explained("anthropic/*", "messages: file*", "messages.#.content.#.source.*", "LiteLLM takes an address for an id"),
    Explained("anthropic/*", "messages: file", "messages.#.content.#.title: ours alone", "LiteLLM drops the name"),
    Explained("anthropic/*", "messages: system later", "*", "LiteLLM makes a user's note of a later system message"),
    Explained("anthropic/*", "output: *", "output_*", "LiteLLM uses the field of the beta"),
    Explained("anthropic/*", "output: *", "refused: output: json*", "LiteLLM drops plain JSON mode in silence"),
    Explained(
        "anthropic/*", "output: map", "refused: output.schema*", "LiteLLM closes an open object, which is another"
    ),
    Explained("anthropic/*", "output: empty", "refused: output.schema*", "LiteLLM makes another schema of it"),
    Explained("anthropic/*", "output: with tools", "refused: output: schema with tools", "LiteLLM forces its own tool"),
    Explained("anthropic/*", "messages: audio", "refused: *audio", "LiteLLM drops audio in silence"),
    Explained("anthropic/*", "messages: empty assistant", "refused: *blank text", "LiteLLM writes a text of its own"),
    Explained("anthropic/*", "settings: effort none", "thinking: ours alone", "LiteLLM does not turn thinking off"),
    Explained("anthropic/*", "tool: no description", "tools.#.description: LiteLLM's alone", "there is none"),
    Explained("anthropic/*", "tool: meta", "tools.#.input_schema.$*: ours alone", "LiteLLM keeps known keywords only"),
    Explained("anthropic/*", "tool: *", "tools.#.input_schema.properties: LiteLLM's alone", "no properties are needed"),
    Explained("anthropic/*", "tool: strict", "tools.#.strict: ours alone", "LiteLLM drops it"),
    Explained("anthropic/*", "tool: strict", "refused: tools*strict", "LiteLLM drops it"),
    Explained("anthropic/*", "*", "tools.#.type: LiteLLM's alone", "``custom`` is the default"),
    # Gemini
    Explained("gemini/*", "*", "LiteLLM raises Exception", "LiteLLM parses arguments that are not JSON"),
    Explained("gemini/*", "calls: *", "contents.#.parts.#.functionResponse.*", "Google documents result and error"),
    Explained("gemini/gemini-3*", "calls: *", "contents.#.parts.#.functionCall.id: *", "Gemini gave no such id"),
    Explained(
        "gemini/gemini-3*", "calls: *", "contents.#.parts.#.thoughtSignature: *", "Google's documented placeholder"
    ),
    Explained(
        "gemini/*", "calls: with text", "contents*: another length", "LiteLLM splits turns that Google wants whole"
    ),
    Explained("gemini/*", "messages: *", "contents.#.parts: another length", "LiteLLM adds a blank text"),
    Explained("gemini/*", "output: empty", "generationConfig.responseJsonSchema: ours alone", _GEMINI_SCHEMA),
    Explained("gemini/gemini-3*", "*", "generationConfig*: LiteLLM's alone", "LiteLLM sets a temperature of 1"),
    Explained(
        "gemini/*", "settings: effort none", "generationConfig.thinkingConfig.*", "there are no thoughts to show"
    ),
    Explained("gemini/*", "tool: strict", "toolConfig: ours alone", "LiteLLM drops `strict`; it is a mode of calling"),
    Explained("gemini/*", "*", "tools.#.functionDeclarations.#.parameters*", _GEMINI_SCHEMA),
    Explained(
        "gemini/*", "output: *with tools", "refused: output: *", "Gemini before 3 has no output format with tools"
    ),
    # Cohere and Ollama
    Explained("cohere*", "frame", "address: *", "LiteLLM's call adds the path"),
    Explained("cohere*", "frame", "header *: LiteLLM's alone", "LiteLLM names itself"),
    Explained("cohere*", "calls: *", "messages.#.content: LiteLLM's alone", "null and absent are the same"),
    Explained("cohere*", "output: *", "response_format: ours alone", "LiteLLM drops it in silence"),
    Explained("cohere*", "*", "stream: ours alone", "false is the default"),
    Explained("cohere*", "tool: strict", "*strict*", "Cohere reads it for all tools together only"),
    Explained("cohere*", "choice: *", "tool_choice: ours alone", "LiteLLM drops it in silence"),
    Explained("cohere*", "choice: named", "refused: tool_choice: named", "Cohere forces a call, but no certain one"),
    Explained("cohere*", "messages: *", "refused: *", "Cohere reads text and images alone"),
    Explained("cohere*", "output: *with tools", "refused: output: *", "Cohere has no output format with tools"),
    Explained("ollama_chat/*", "*", "LiteLLM raises JSONDecodeError", "LiteLLM parses arguments that are not JSON"),
    Explained("ollama_chat/*", "output: empty", "format: ours alone", "LiteLLM drops an empty schema"),
    Explained("ollama_chat/*", "*", "messages.#.images: LiteLLM's alone", "an empty list"),
    Explained(
        "ollama_chat/*", "calls: *", "messages.#.tool_*: ours alone", "LiteLLM drops what joins calls and results"
    ),
    Explained("ollama_chat/*", "settings: extra", "*", "unknown fields are options of the model"),
    Explained("ollama_chat/*", "settings: penalties", "options.*", "LiteLLM renames one penalty to another, drops one"),
    Explained("ollama_chat/*", "*", "options: LiteLLM's alone", "an empty object"),
    Explained("ollama_chat/*", "*", "stream: ours alone", "Ollama streams unless it is false"),
    Explained("ollama_chat/*", "settings: effort *", "think: another value", "LiteLLM keeps on and off only"),
    Explained("ollama_chat/*", "messages: *", "refused: *", "LiteLLM drops parts that Ollama has no form for"),
    Explained("ollama_chat/*", "output: *with tools", "refused: output: *", "Ollama ignores tools beside a format"),
    Explained("ollama_chat/*", "choice: *", "refused: tool_choice: *", "Ollama has no tool choice: LiteLLM drops it"),
    Explained("ollama_chat/*", "tool: strict", "refused: tools*strict", "Ollama does not enforce parameters"),
    # Mistral
    *(
        explained
        for name in ("mistral", "codestral")
        for explained in (
            Explained(f"{name}/*", "settings: penalties", "*_penalty: ours alone", "Mistral documents both penalties"),
            Explained(f"{name}/*", "calls: *", "messages.#.content: ours alone", "null and absent are the same"),
            Explained(f"{name}/*", "messages: file", "messages.#.content.#.*", "Mistral's part for documents"),
            Explained(f"{name}/*", "messages: parts", "messages.#.content: *", "LiteLLM joins the texts of parts"),
            Explained(
                f"{name}/*", "messages: empty assistant", "messages*", "LiteLLM drops an empty message in silence"
            ),
            Explained(f"{name}/*", "calls: empty result", "messages*", "LiteLLM drops an empty result in silence"),
            Explained(f"{name}/*", "choice: required", "tool_choice: another value", "``any`` means the same"),
            Explained(f"{name}/*", "choice: named", "tool_choice: ours alone", "LiteLLM drops the name of the tool"),
            Explained(f"{name}/*", "tool: meta", "tools.#.function.parameters.$*: ours alone", "LiteLLM drops them"),
        )
    ),
    # DeepSeek, Moonshot, Z.AI
    Explained("deepseek/*", "messages: *", "messages.#.content: another value", _TEXT_ONLY),
    Explained("deepseek/*", "calls: *", "messages.#.reasoning_content: ours alone", "DeepSeek demands it"),
    Explained("deepseek/*", "settings: effort *", "reasoning_effort: ours alone", "LiteLLM keeps on and off only"),
    Explained("deepseek/*", "messages: *", "refused: *", "DeepSeek reads neither files nor audio"),
    Explained("deepseek/*", "output: *", "refused: output: schema*", "DeepSeek has plain JSON mode only"),
    Explained(
        "moonshot/kimi-k3", "choice: required", "messages: another length", "LiteLLM writes a message of its own"
    ),
    Explained("moonshot/kimi-k3", "choice: required", "tool_choice: ours alone", "LiteLLM writes a message of its own"),
    Explained("moonshot/*", "choice: *", "refused: tool_choice: *", "thinking models refuse a forced tool"),
    Explained("moonshot/*", "settings: effort none", "*", "Kimi K2 has a switch, no level"),
    Explained("moonshot/moonshot-v1*", "settings: temperature 2", "temperature: another value", "LiteLLM sends 1"),
    Explained("zai/*", "settings: effort *", "reasoning_effort: ours alone", "LiteLLM does not know it"),
    Explained("zai/*", "settings: effort none", "thinking: ours alone", "LiteLLM does not know it"),
    Explained("zai/*", "output: *", "refused: output: schema*", "Z.AI has plain JSON mode only"),
    Explained("zai/*", "output: json*", "response_format: ours alone", "LiteLLM drops it in silence"),
    Explained("zai/*", "choice: *", "refused: tool_choice: *", "Z.AI knows no choice but auto"),
    Explained("zai/*", "tool: strict", "refused: tools*strict", "Z.AI does not enforce parameters"),
    # Groq, xAI, Perplexity, Fireworks, Together
    Explained("groq/*", "calls: *", "messages.#.content: ours alone", "null and absent are the same"),
    Explained("groq/*", "output: *", "stream*: LiteLLM's alone", "LiteLLM splits a whole answer into a stream itself"),
    Explained("groq/llama*", "output: *", "response_format: ours alone", "LiteLLM makes a forced tool of the schema"),
    Explained("groq/llama*", "output: *", "tool*: LiteLLM's alone", "LiteLLM makes a forced tool of the schema"),
    Explained("groq/*", "messages: *", "refused: *", "Groq reads neither files nor audio"),
    Explained("groq/*", "output: with tools", "refused: output: schema with tools", "Groq has either of them"),
    Explained("xai/*", "tool: strict", "tools.#.function.strict: ours alone", "LiteLLM drops it"),
    Explained("perplexity/*", "output: json*", "refused: output: json", "Perplexity has schemas, no plain JSON mode"),
    Explained("fireworks_ai/*", "messages: *", "LiteLLM raises BadRequestError", "LiteLLM asks its map for vision"),
    Explained("fireworks_ai/*", "output: *with tools", "refused: output: *", "LiteLLM makes a tool of the schema"),
    Explained("fireworks_ai/*", "tool: strict", "refused: tools*strict", "LiteLLM drops it"),
    Explained("together_ai/*", "settings: effort *", "reasoning_effort: another value", "LiteLLM sends another level"),
    # Other hosts
    Explained("ai21*", "settings: top_p", "top_p: ours alone", "AI21 documents it"),
    Explained("chutes/*", "frame", "address: *", "LiteLLM's has a slash too many"),
    Explained("helicone/*", "frame", "address: *", "LiteLLM's has a slash too many"),
    Explained("github/*", "frame", "address: *", "GitHub has retired that address"),
    Explained("databricks/*", "*", "messages*", "LiteLLM merges neighbouring messages of one role, and calls"),
    Explained("deepinfra/*", "choice: none", "tool_choice: ours alone", "LiteLLM loses it"),
    Explained(
        "hosted_vllm/*", "tool: *", "tools.#.function.*: ours alone", "LiteLLM drops `strict` and closed objects"
    ),
    Explained("litellm_proxy/*", "frame", "header x-litellm-num-retries: ours alone", "one call is one attempt"),
    Explained("meta_llama/*", "output: json*", "refused: output: json", "LiteLLM drops it in silence"),
    Explained("novita/*", "frame", "header x-novita-source: LiteLLM's alone", "LiteLLM names itself"),
    Explained("oobabooga/*", "frame", "header *", "it takes OpenAI's form of the key, too"),
    Explained("openrouter/*", "*", "usage: LiteLLM's alone", "OpenRouter reports usage in every answer"),
    Explained("scx-ai/*", "settings: temperature 2", "temperature: another value", "LiteLLM sends 1.99"),
    Explained("snowflake/*", "frame", "header accept: LiteLLM's alone", "every answer is accepted without it"),
)
