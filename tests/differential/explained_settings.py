"""Why our rules accept other settings than LiteLLM's lists: each row explains some differences, and must occur."""

import attrs


@attrs.frozen
class Explained:
    """Differences with one reason.

    `models` is a regular expression for the whole of provider, slash and model. `fields` are names of settings, or
    ``tools``, ``tool_choice``, ``output`` and ``stream_options``; a plus before it: our rules alone accept the field,
    a minus: LiteLLM's list alone.
    """

    models: str
    fields: frozenset[str]
    reason: str


def _fields(names: str) -> frozenset[str]:
    return frozenset(names.split())


_MAP = "LiteLLM's map does not say that the model reasons"
EXPLAINED = (
    # OpenAI and Azure
    Explained(r"openai/ft:.*", _fields("-reasoning_effort"), "a fine-tuned model accepts what its base accepts"),
    Explained(
        r"openai/ft:o4-mini.*",
        _fields("-frequency_penalty -parallel_tool_calls -presence_penalty -stop -top_p"),
        "a fine-tuned model accepts what its base accepts",
    ),
    Explained(
        r"openai/gpt-4o(-mini)?-search-preview.*",
        _fields(
            "-frequency_penalty -parallel_tool_calls -presence_penalty -seed -stop -temperature -tool_choice -tools"
            " -top_p"
        ),
        "OpenAI's search models accept no sampling parameters, and no tools",
    ),
    Explained(r"(openai|azure)/(\w+(-gov)?/)?o[34].*", _fields("-stop"), "OpenAI: not supported by o3 and o4-mini"),
    Explained(
        r"(openai|azure)/(\w+(-gov)?/)?o1.*|azure/(\w+(-gov)?/)?o[34].*",
        _fields("-parallel_tool_calls"),
        "o-series models refuse it; LiteLLM's map says so of some",
    ),
    Explained(
        r"(openai|azure)/(\w+/)?((gpt-)?chat-latest|computer-use-preview.*|container|daybreak-.*|gpt-rosalind-.*)",
        _fields("+reasoning_effort"),
        "a name of no known family: everything is sent",
    ),
    Explained(
        r"azure/(command-r-plus|mistral-large-.*|model-router)",
        _fields("+reasoning_effort"),
        "a deployment's own name: everything is sent",
    ),
    Explained(
        r"azure/(eu|us)/gpt-5\.[245].*|openai/gpt-5\.[56]-cyber.*",
        _fields("+top_p"),
        "LiteLLM's map does not say that the model can be told not to reason",
    ),
    Explained(r"openai/gpt-5\.5-cyber.*", _fields("+tool_choice"), "LiteLLM's map says nothing of the model"),
    Explained(r"(openai|azure)/(ft:)?gpt-4(-0613|-32k.*)?", _fields("-output"), "JSON mode came with GPT-4 Turbo"),
    Explained(r"azure_ai/.*", _fields("+tool_choice"), "LiteLLM's map does not mark the model"),
    Explained(r"azure_ai/.*", _fields("+reasoning_effort"), _MAP),
    Explained(
        r"azure_ai/claude-.*",
        _fields("+frequency_penalty +presence_penalty +seed +stream_options"),
        "refused with its address: Claude at Azure has Anthropic's API",
    ),
    Explained(r"azure_ai/grok-.*", _fields("-presence_penalty -frequency_penalty"), "xAI: reasoning models refuse it"),
    # Anthropic, Gemini, Cohere
    Explained(r"cohere(_chat)?/.*", _fields("+output"), "Cohere documents response_format"),
    Explained(r"gemini/.*", _fields("-parallel_tool_calls"), "Gemini has no such field: LiteLLM drops it"),
    Explained(
        r"gemini/(gemini-(2\.5|[34]|flash|omni|pro|gemma|robotics)|gemma|lyria|learnlm).*",
        _fields("-frequency_penalty -presence_penalty"),
        "Google: penalties are not supported by these models",
    ),
    Explained(r"gemini/.*", _fields("-temperature -top_p"), "Google: ignored from Gemini 3.6 on"),
    Explained(r"gemini/.*", _fields("+reasoning_effort"), _MAP),
    Explained(r"gemini/gemini-exp-1206", _fields("-reasoning_effort"), "a model of before Gemini 2.5"),
    # Mistral
    Explained(
        r"(mistral|codestral)/.*",
        _fields("+frequency_penalty +presence_penalty"),
        "Mistral documents both penalties",
    ),
    Explained(r"mistral/magistral-.*", _fields("-reasoning_effort"), "Magistral always reasons, at one level"),
    # Other makers
    Explained(
        r"moonshot/kimi-k.*",
        _fields("-frequency_penalty -presence_penalty -temperature -top_p"),
        "Kimi models sample with fixed parameters",
    ),
    Explained(r"moonshot/kimi-k2\.7-code", _fields("-reasoning_effort"), "it always thinks, at one level"),
    Explained(
        r"xai/grok-.*", _fields("-presence_penalty"), "xAI: not supported by reasoning models, as the other penalty"
    ),
    Explained(r"xai/grok-code-.*", _fields("-reasoning_effort"), "xAI: its effort is fixed"),
    Explained(
        r"zai/.*",
        _fields("+output +reasoning_effort -tool_choice"),
        "Z.AI documents JSON mode, thinking, and auto alone",
    ),
    # Hosts of models of others
    Explained(r"ai21(_chat)?/.*", _fields("+top_p"), "AI21 documents it"),
    Explained(r"deepinfra/.*", _fields("+reasoning_effort"), _MAP),
    Explained(r"deepinfra/inclusionAI/Ling-.*", _fields("-reasoning_effort"), "a family that is not known to reason"),
    Explained(
        r"fireworks_ai/.*",
        _fields("+parallel_tool_calls +tool_choice +tools"),
        "LiteLLM's map does not mark the model; Fireworks refuses what it cannot do",
    ),
    Explained(r"fireworks_ai/.*", _fields("+reasoning_effort"), _MAP),
    Explained(
        r"fireworks_ai/.*(distill|coder|ember|routers/).*", _fields("-reasoning_effort"), "no adjustable reasoning"
    ),
    Explained(r"(libertai|pinstripes|scaleway|together_ai)/.*", _fields("+reasoning_effort"), _MAP),
    Explained(
        r"(publicai|sambanova)/.*",
        _fields("+parallel_tool_calls +tool_choice +tools"),
        "LiteLLM's map does not mark the model",
    ),
    Explained(r"wandb/ibm-granite/.*", _fields("-reasoning_effort"), "a family that is not known to reason"),
)
