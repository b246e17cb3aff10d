"""Providers whose API is OpenAI's Chat Completions API, at another address.

The addresses, variables and limits are those of each provider's own page of its OpenAI-compatible API, and those that
LiteLLM knows them by (``litellm/constants.py``, ``litellm/llms/openai_like/providers.json``).
"""

import re

import attrs

from llm_core.wires.model_rules import SETTINGS, ModelRules
from llm_core.wires.openai_chat import OPENAI_CHAT

from .mistral import mistral_rules
from .profile import Profile, ResponsesUse
from .rules.addresses import chat_address, versioned_address
from .rules.families import NO_EFFORT, PENALTIES, Rules, always, by_family
from .rules.openai_models import is_openai_model, openai_model_rules

_ANY = always(ModelRules())
_PLAIN = always(ModelRules(settings=NO_EFFORT))
_REASONING = by_family(ModelRules())
_TIER = frozenset({"service_tier"})  # of the hosts that document it
_JAMBA = always(ModelRules(settings=NO_EFFORT - PENALTIES - {"parallel_tool_calls"}, stream_usage=False))
_AI21 = "https://api.ai21.com/studio/v1"
_DATABRICKS_RESPONSES = re.compile(
    r"databricks-gpt-(5-(\d+-(codex|pro)|5\b)|6-([\d-]*)(sol|luna)\b)|gpt-(sol|luna)-latest"
)
_EDITS = always(ModelRules(settings=frozenset(), tools=False, outputs=frozenset(), stream_usage=False))
_MORPH_CHATS = re.compile("kimi|glm|dsv")  # models of others; its own apply edits to files
_QWEN = "https://dashscope.aliyuncs.com/compatible-mode/v1"


def _github_rules(model: str, base_url: str) -> ModelRules:
    return openai_model_rules(model) if is_openai_model(model) else _PLAIN(model, base_url)


def _morph_rules(model: str, base_url: str) -> ModelRules:
    return (_REASONING if _MORPH_CHATS.search(model) else _EDITS)(model, base_url)


def _databricks_responses(model: str, _: str) -> ResponsesUse:
    return "always" if _DATABRICKS_RESPONSES.match(model) else "never"


def _host(base_url: str | None, *keys: str, bases: tuple[str, ...] = (), rules: Rules = _PLAIN) -> Profile:
    return Profile(
        wire=OPENAI_CHAT,
        base_url=base_url,
        base_variables=bases,
        key_variables=keys,
        address=chat_address,
        rules=rules,
    )


def _local(base_url: str | None, base: str, key: str, *more_bases: str) -> Profile:
    """Return a server of one's own: what its models accept is not known, and it may want no key."""
    return Profile(
        wire=OPENAI_CHAT,
        base_url=base_url,
        base_variables=(base, *more_bases),
        key_variables=(key,),
        key_optional=True,
        address=chat_address,
        rules=_ANY,
    )


COMPATIBLE: dict[str, Profile] = {
    "abliteration": _host("https://api.abliteration.ai/v1", "ABLITERATION_API_KEY"),
    "ai21": _host(_AI21, "AI21_API_KEY", bases=("AI21_API_BASE",), rules=_JAMBA),
    "ai21_chat": _host(_AI21, "AI21_API_KEY", bases=("AI21_API_BASE",), rules=_JAMBA),
    "aihubmix": _host("https://aihubmix.com/v1", "AIHUBMIX_API_KEY", bases=("AIHUBMIX_API_BASE",)),
    "aiml": _host("https://api.aimlapi.com/v1", "AIML_API_KEY", bases=("AIML_API_BASE",)),
    "amazon_nova": _host(
        "https://api.nova.amazon.com/v1",
        "AMAZON_NOVA_API_KEY",
        bases=("AMAZON_NOVA_API_BASE",),
        rules=always(ModelRules(settings=SETTINGS - PENALTIES - {"seed", "parallel_tool_calls"}, outputs=frozenset())),
    ),
    "apertis": _host("https://api.stima.tech/v1", "STIMA_API_KEY"),
    "assemblyai": _host("https://llm-gateway.assemblyai.com/v1", "ASSEMBLYAI_API_KEY"),
    "cerebras": _host(
        "https://api.cerebras.ai/v1",
        "CEREBRAS_API_KEY",
        bases=("CEREBRAS_API_BASE",),
        rules=by_family(
            ModelRules(settings=SETTINGS - PENALTIES - {"parallel_tool_calls"} | _TIER, stream_usage=False)
        ),
    ),
    "charity_engine": _host("https://api.charityengine.services/remotejobs/v2/inference", "CHARITY_ENGINE_API_KEY"),
    "chutes": _host("https://llm.chutes.ai/v1", "CHUTES_API_KEY"),
    "codestral": _host(
        "https://codestral.mistral.ai/v1", "CODESTRAL_API_KEY", bases=("CODESTRAL_API_BASE",), rules=mistral_rules
    ),
    "cognition": _host("https://api.cognition.ai/v1", "COGNITION_API_KEY", bases=("COGNITION_API_BASE",)),
    "cometapi": _host("https://api.cometapi.com/v1", "COMETAPI_KEY", bases=("COMETAPI_API_BASE",)),
    "compactifai": _host("https://api.compactif.ai/v1", "COMPACTIFAI_API_KEY"),
    "cortecs": _host("https://api.cortecs.ai/v1", "CORTECS_API_KEY", bases=("CORTECS_API_BASE",)),
    "crusoe": _host(
        "https://managed-inference-api-proxy.crusoecloud.com/v1", "CRUSOE_API_KEY", bases=("CRUSOE_API_BASE",)
    ),
    "custom_openai": _local(None, "OPENAI_LIKE_API_BASE", "OPENAI_LIKE_API_KEY"),
    "darkbloom": _host("https://api.darkbloom.dev/v1", "DARKBLOOM_API_KEY", bases=("DARKBLOOM_API_BASE",)),
    "dashscope": _host(_QWEN, "DASHSCOPE_API_KEY", bases=("DASHSCOPE_API_BASE",), rules=_ANY),
    "databricks": attrs.evolve(
        _host(
            None,
            "DATABRICKS_API_KEY",
            "DATABRICKS_TOKEN",
            bases=("DATABRICKS_API_BASE",),
            rules=always(
                ModelRules(settings=SETTINGS - PENALTIES - {"seed", "parallel_tool_calls"}, stream_usage=False)
            ),
        ),
        responses=_databricks_responses,
    ),
    "deepinfra": _host(
        "https://api.deepinfra.com/v1/openai",
        "DEEPINFRA_API_KEY",
        bases=("DEEPINFRA_API_BASE",),
        rules=by_family(
            ModelRules(
                settings=SETTINGS - {"seed", "parallel_tool_calls"},
                tool_choices=frozenset({"none"}),
                stream_usage=False,
            )
        ),
    ),
    "docker_model_runner": attrs.evolve(
        _local(
            "http://localhost:22088/engines/llama.cpp", "DOCKER_MODEL_RUNNER_API_BASE", "DOCKER_MODEL_RUNNER_API_KEY"
        ),
        address=versioned_address,
    ),
    "edenai": _host("https://api.edenai.run/v3", "EDENAI_API_KEY", bases=("EDENAI_API_BASE",), rules=_REASONING),
    "empiriolabs": _host("https://api.empiriolabs.ai/v1", "EMPIRIOLABS_API_KEY", bases=("EMPIRIOLABS_API_BASE",)),
    "empower": _host("https://app.empower.dev/api/v1", "EMPOWER_API_KEY", bases=("EMPOWER_API_BASE",)),
    "featherless_ai": _host(
        "https://api.featherless.ai/v1",
        "FEATHERLESS_AI_API_KEY",
        "FEATHERLESS_API_KEY",
        bases=("FEATHERLESS_AI_API_BASE", "FEATHERLESS_API_BASE"),
        rules=always(
            ModelRules(
                settings=NO_EFFORT - {"seed", "parallel_tool_calls"},
                tools=False,
                outputs=frozenset(),
                stream_usage=False,
            )
        ),
    ),
    "friendliai": _host(
        "https://api.friendli.ai/serverless/v1",
        "FRIENDLIAI_API_KEY",
        "FRIENDLI_TOKEN",
        bases=("FRIENDLI_API_BASE",),
    ),
    "galadriel": _host("https://api.galadriel.com/v1", "GALADRIEL_API_KEY", bases=("GALADRIEL_API_BASE",)),
    "github": _host(
        "https://models.github.ai/inference",
        "GITHUB_API_KEY",
        "GITHUB_TOKEN",
        bases=("GITHUB_API_BASE",),
        rules=_github_rules,
    ),
    "gmi": _host("https://api.gmi-serving.com/v1", "GMI_API_KEY"),
    "gradient_ai": _host(
        "https://inference.do-ai.run/v1",
        "GRADIENT_AI_API_KEY",
        rules=always(
            ModelRules(settings=NO_EFFORT - {"seed", "parallel_tool_calls"}, tools=False, outputs=frozenset())
        ),
    ),
    "helicone": _host("https://ai-gateway.helicone.ai", "HELICONE_API_KEY"),
    "heroku": attrs.evolve(_host(None, "HEROKU_API_KEY", bases=("HEROKU_API_BASE",)), address=versioned_address),
    "hosted_vllm": _local(None, "HOSTED_VLLM_API_BASE", "HOSTED_VLLM_API_KEY"),
    "hyperbolic": _host(
        "https://api.hyperbolic.xyz/v1",
        "HYPERBOLIC_API_KEY",
        bases=("HYPERBOLIC_API_BASE",),
        rules=always(ModelRules(settings=NO_EFFORT - {"parallel_tool_calls"}, stream_usage=False)),
    ),
    "inception": _host(
        "https://api.inceptionlabs.ai/v1",
        "INCEPTION_API_KEY",
        bases=("INCEPTION_API_BASE",),
        rules=always(ModelRules(settings=SETTINGS - PENALTIES - {"top_p", "seed", "parallel_tool_calls"})),
    ),
    "lambda_ai": _host("https://api.lambda.ai/v1", "LAMBDA_API_KEY", bases=("LAMBDA_API_BASE",)),
    "lemonade": _local("http://localhost:8000/api/v1", "LEMONADE_API_BASE", "LEMONADE_API_KEY"),
    "libertai": _host("https://api.libertai.io/v1", "LIBERTAI_API_KEY", bases=("LIBERTAI_API_BASE",), rules=_REASONING),
    "llamafile": _local("http://127.0.0.1:8080/v1", "LLAMAFILE_API_BASE", "LLAMAFILE_API_KEY"),
    "llamagate": _host("https://api.llamagate.dev/v1", "LLAMAGATE_API_KEY"),
    "lm_studio": _local("http://localhost:1234/v1", "LM_STUDIO_API_BASE", "LM_STUDIO_API_KEY"),
    "meta": _host("https://api.meta.ai/v1", "META_API_KEY", bases=("META_API_BASE",), rules=_REASONING),
    "meta_llama": _host(
        "https://api.llama.com/compat/v1",
        "LLAMA_API_KEY",
        bases=("LLAMA_API_BASE",),
        rules=always(ModelRules(settings=NO_EFFORT, outputs=frozenset({"schema", "schema with tools"}))),
    ),
    "minimax": attrs.evolve(
        _host("https://api.minimax.io/v1", "MINIMAX_API_KEY", bases=("MINIMAX_API_BASE",)), address=versioned_address
    ),
    "modelscope": _host(
        "https://api-inference.modelscope.cn/v1",
        "MODELSCOPE_API_KEY",
        bases=("MODELSCOPE_API_BASE",),
    ),
    "morph": _host(
        "https://api.morphllm.com/v1",
        "MORPH_API_KEY",
        bases=("MORPH_API_BASE",),
        rules=_morph_rules,
    ),
    "nadir": _host(
        "https://api.getnadir.com/v1",
        "NADIR_API_KEY",
        bases=("NADIR_API_BASE",),
        rules=always(
            ModelRules(settings=NO_EFFORT - {"seed", "stop", "parallel_tool_calls"}, tools=False, stream_usage=False)
        ),
    ),
    "nano-gpt": _host("https://nano-gpt.com/api/v1", "NANOGPT_API_KEY"),
    "nebius": _host("https://api.studio.nebius.ai/v1", "NEBIUS_API_KEY", bases=("NEBIUS_API_BASE",)),
    "neosantara": _host("https://api.neosantara.xyz/v1", "NEOSANTARA_API_KEY", bases=("NEOSANTARA_API_BASE",)),
    "novita": _host("https://api.novita.ai/v3/openai", "NOVITA_API_KEY", bases=("NOVITA_API_BASE",)),
    "nscale": _host(
        "https://inference.api.nscale.com/v1",
        "NSCALE_API_KEY",
        bases=("NSCALE_API_BASE",),
        rules=always(ModelRules(settings=NO_EFFORT - {"seed", "parallel_tool_calls"}, tools=False, stream_usage=False)),
    ),
    "nvidia_nim": _host(
        "https://integrate.api.nvidia.com/v1",
        "NVIDIA_NIM_API_KEY",
        bases=("NVIDIA_NIM_API_BASE",),
        rules=always(ModelRules(settings=NO_EFFORT, stream_usage=False)),
    ),
    "oobabooga": _local(None, "OOBABOOGA_API_BASE", "OOBABOOGA_API_KEY"),
    "openai_like": _local(None, "OPENAI_LIKE_API_BASE", "OPENAI_LIKE_API_KEY"),
    "ovhcloud": _host(
        "https://oai.endpoints.kepler.ai.cloud.ovh.net/v1", "OVHCLOUD_API_KEY", bases=("OVHCLOUD_API_BASE",)
    ),
    "parasail": _host("https://api.parasail.io/v1", "PARASAIL_API_KEY", bases=("PARASAIL_API_BASE",)),
    "pinstripes": _host(
        "https://pinstripes.io/v1", "PINSTRIPES_API_KEY", bases=("PINSTRIPES_API_BASE",), rules=_REASONING
    ),
    "poe": _host("https://api.poe.com/v1", "POE_API_KEY"),
    "prism": _host("https://api.prisminference.com/v1", "PRISM_API_KEY", bases=("PRISM_API_BASE",), rules=_REASONING),
    "publicai": _host("https://api.publicai.co/v1", "PUBLICAI_API_KEY", bases=("PUBLICAI_API_BASE",), rules=_REASONING),
    "qwen_ai_platform": _host(
        _QWEN,
        "QWEN_AI_PLATFORM_API_KEY",
        "DASHSCOPE_API_KEY",
        bases=("QWEN_AI_PLATFORM_API_BASE",),
        rules=_ANY,
    ),
    "qwencloud": _host(
        "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        "QWENCLOUD_API_KEY",
        "DASHSCOPE_API_KEY",
        bases=("QWENCLOUD_API_BASE",),
        rules=_ANY,
    ),
    "reka": _host("https://api.reka.ai/v1", "REKA_API_KEY", bases=("REKA_API_BASE",)),
    "sail": _host(
        "https://api.sailresearch.com/v1",
        "SAIL_API_KEY",
        bases=("SAIL_API_BASE",),
        rules=always(ModelRules(settings=SETTINGS - PENALTIES - {"stop", "seed"})),
    ),
    "sambanova": _host(
        "https://api.sambanova.ai/v1",
        "SAMBANOVA_API_KEY",
        bases=("SAMBANOVA_API_BASE",),
        rules=always(ModelRules(settings=NO_EFFORT - PENALTIES - {"seed"})),
    ),
    "sarvam": attrs.evolve(
        _host("https://api.sarvam.ai/v1", "SARVAM_API_KEY"), key_headers=lambda key: {"api-subscription-key": key}
    ),
    "scaleway": _host("https://api.scaleway.ai/v1", "SCW_SECRET_KEY", rules=_REASONING),
    "scx-ai": _host("https://api.scx.ai/v1", "SCX_API_KEY", bases=("SCX_API_BASE",), rules=_REASONING),
    "synthetic": _host("https://api.synthetic.new/openai/v1", "SYNTHETIC_API_KEY"),
    "tensormesh": _host(
        "https://serverless.tensormesh.ai/v1",
        "TENSORMESH_INFERENCE_API_KEY",
        bases=("TENSORMESH_SERVERLESS_BASE_URL",),
        rules=_REASONING,
    ),
    "v0": _host(
        "https://api.v0.dev/v1",
        "V0_API_KEY",
        bases=("V0_API_BASE",),
        rules=always(ModelRules(settings=frozenset(), outputs=frozenset(), stream_usage=False)),
    ),
    "veniceai": _host("https://api.venice.ai/api/v1", "VENICE_AI_API_KEY"),
    "vercel_ai_gateway": _host(
        "https://ai-gateway.vercel.sh/v1",
        "VERCEL_AI_GATEWAY_API_KEY",
        "VERCEL_OIDC_TOKEN",
        bases=("VERCEL_AI_GATEWAY_API_BASE",),
        rules=always(ModelRules(settings=NO_EFFORT | _TIER)),
    ),
    "volcengine": _host(
        "https://ark.cn-beijing.volces.com/api/v3",
        "VOLCENGINE_API_KEY",
        "ARK_API_KEY",
        bases=("VOLCENGINE_API_BASE",),
        rules=always(ModelRules(settings=NO_EFFORT - {"parallel_tool_calls"}, outputs=frozenset())),
    ),
    "wandb": _host("https://api.inference.wandb.ai/v1", "WANDB_API_KEY", bases=("WANDB_API_BASE",), rules=_REASONING),
    "xiaomi_mimo": _host("https://api.xiaomimimo.com/v1", "XIAOMI_MIMO_API_KEY", rules=_REASONING),
    "xinference": _local("http://127.0.0.1:9997/v1", "XINFERENCE_API_BASE", "XINFERENCE_API_KEY"),
}
