"""What runs for the measurement: fake providers, Redis, and one or two gateways in front of the former."""

import json
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import attrs
import httpx

from llm_core.adapters.litellm import LiteLLMChat
from llm_core.domain.settings import ChatSettings
from llm_core.providers.profile import WireChoice
from llm_core.testing import FakeProvider, Replies

from .installed import NEWEST, PYTHON, redis_environment, redis_program
from .processes import Server, clean_environment, free_port, server

MASTER_KEY = "sk-the-master-key-of-a-test"
_START = 180.0  # seconds that a gateway gets to start: 8 on a machine of its own
_COOLDOWN = 60  # seconds; 5 by default
_LOOK = 0.5  # seconds between two looks into Redis; 10 by default, longer than the cooldown that is shared by it
_RUN = "from litellm import run_server; run_server()"  # LiteLLM's console script, whose path may hold another version
# Without these it downloads a price map and beta headers, reads a .env file and reports its use.
_QUIET = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_MODE": "PRODUCTION",
    "LITELLM_TELEMETRY": "False",
    "LITELLM_LOG": "ERROR",
    "NO_PROXY": "127.0.0.1",
    "NO_DOCS": "True",
    "PYTHONDONTWRITEBYTECODE": "",
}


PRICES = {"input_cost_per_token": 0.000001, "output_cost_per_token": 0.000002}


@attrs.frozen(kw_only=True)
class Group:
    """A model of the gateway: the addresses that serve it, and the group that stands in for it if all of them fail."""

    name: str
    backends: Sequence[tuple[str, str]]  # the name of a model at the provider, and the provider's address
    fallback: str = ""


@attrs.frozen(kw_only=True)
class Stack:
    """What runs. The gateways share router state and cache."""

    first: FakeProvider
    second: FakeProvider
    on_responses: FakeProvider
    gateways: Sequence[Server]

    def chat(
        self, model: str, *, at: int = 0, key: str = MASTER_KEY, timeout: float = 60.0, wire: WireChoice = "auto"
    ) -> LiteLLMChat:
        """Return the adapter for *model* at the gateway *at*."""
        return LiteLLMChat(
            f"litellm_proxy/{model}",
            api_base=f"http://127.0.0.1:{self.gateways[at % len(self.gateways)].port}",
            api_key=key,
            wire=wire,
            settings=ChatSettings(timeout=timeout),
        )


Groups: TypeAlias = Callable[[str, str, str, str], Sequence[Group]]
"""Returns the models, for the addresses of two providers, of one with the Responses API, and of one that is dead."""


@contextmanager
def running(groups: Groups, *, gateways: int, newest: bool = False) -> Iterator[Stack]:
    """Run the stack with the models of *groups*; *newest*: with the newer LiteLLM."""
    with ExitStack() as ends:
        first, second = ends.enter_context(FakeProvider(Replies())), ends.enter_context(FakeProvider(Replies()))
        on_responses = ends.enter_context(FakeProvider(Replies(), "openai_responses"))
        folder = Path(ends.enter_context(TemporaryDirectory(prefix="gateway-")))
        redis = ends.enter_context(_redis(folder))
        models = groups(first.url, second.url, on_responses.url, f"http://127.0.0.1:{free_port()}")
        config = folder / "config.yaml"
        config.write_text(json.dumps(_config(models, redis.port)), encoding="utf-8")  # JSON is YAML
        started = [ends.enter_context(_gateway(folder, config, number, newest=newest)) for number in range(gateways)]
        redis.wait(_listens, _START)
        for gateway in started:
            gateway.wait(_is_alive, _START)
        yield Stack(first=first, second=second, on_responses=on_responses, gateways=started)


def _redis(folder: Path) -> AbstractContextManager[Server]:
    port = free_port()
    options = ("--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no", "--dir", str(folder))
    environment = clean_environment(**redis_environment())
    return server([redis_program(), *options], port=port, log=folder / "redis.log", environment=environment)


def _gateway(folder: Path, config: Path, number: int, *, newest: bool) -> AbstractContextManager[Server]:
    port = free_port()
    options = ("--config", str(config), "--host", "127.0.0.1", "--port", str(port), "--telemetry", "False")
    environment = clean_environment(**_QUIET, **({"PYTHONPATH": str(NEWEST)} if newest else {}))
    log = folder / f"gateway-{number}.log"
    return server([str(PYTHON), "-c", _RUN, *options], port=port, log=log, environment=environment)


def _config(models: Sequence[Group], redis_port: int) -> dict[str, object]:
    redis = {"host": "127.0.0.1", "port": redis_port}
    return {
        "model_list": [_deployment(group.name, *backend) for group in models for backend in group.backends],
        "router_settings": {
            "redis_host": redis["host"],
            "redis_port": redis["port"],
            "cooldown_time": _COOLDOWN,
            "fallbacks": [{group.name: [group.fallback]} for group in models if group.fallback],
        },
        "litellm_settings": {
            "cache": True,
            "cache_params": {"type": "redis", **redis},
            "default_redis_batch_cache_expiry": _LOOK,
        },
        "general_settings": {"master_key": MASTER_KEY},
    }


def _deployment(name: str, model: str, url: str) -> dict[str, object]:
    served = {"model": f"openai/{model}", "api_base": f"{url}/v1", "api_key": "the-key-of-the-provider"}
    return {"model_name": name, "litellm_params": {**served, **PRICES}}


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _is_alive(port: int) -> bool:
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/health/liveliness", timeout=2.0, trust_env=False)
    except httpx.TransportError:
        return False
    return answer.is_success
