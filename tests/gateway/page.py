"""Writes `docs/gateway.md`: what is right through LiteLLM's gateway, and what the gateway itself loses."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from llm_core.testing.clauses.modes import EVERY

from .losses import LOCKED, LOSSES, NEWEST, Loss, loss_of
from .measuring import BEHAVIOURS, MORE, Result
from .observing import Behaviour

PAGE = Path(__file__).parents[2] / "docs" / "gateway.md"
_HEAD = """\
# LiteLLM's gateway

{summary}

`LiteLLMChat("litellm_proxy/MODEL")` and `DirectChat("litellm_proxy/MODEL")` call a LiteLLM proxy:
`LITELLM_PROXY_API_BASE` and `LITELLM_PROXY_API_KEY` say where it is. Its profile, `llm_core/providers/litellm.py`,
does this:

- Every request carries `x-litellm-num-retries: 0`. Otherwise the gateway calls the provider three or four times for
  one call, and holds a 429 with its `retry-after` back until the caller's timeout. To retry, wrap the chat in
  `Retrying`.
- `usage.cost_usd` is the price that the gateway reports: in the body, else in `x-litellm-response-cost`.
- `response.model` is `x-litellm-model-name`, the model that answered; the body names the alias that was called.
- An error has the wait (`llm_provider-retry-after`) and the request id of the provider behind the gateway, else the
  gateway's `x-litellm-call-id`.
- The gateway replaces type and code of an error, so that the words of its message decide: quota, moderation, context
  window, a wrong key, an unknown model, a budget.
- A gateway before 1.109.0 (`x-litellm-version`) reports a stream that ended without a finish reason as a whole
  answer: a warning is logged once an adapter.
- `wire="responses"` takes its Responses API.

## What was measured

`make gateway` runs two gateways that share router state and cache in Redis, in front of fake providers on loopback,
and calls them in the four modes `complete`, `stream`, `acomplete` and `astream`. The behaviours stand in
`tests/gateway`; a cell is right if every mode is as promised.
"""
_LOST = """
## What the gateway does not keep

No adapter in front of it can restore this in every mode: the information does not reach the caller.

| behaviour | modes | versions | instead | why |
| --- | --- | --- | --- | --- |
"""
_END = """
## Notes

- A cooldown, in which a provider that failed gets no calls, is shared through Redis: but by default a gateway looks
  there every ten seconds, and a cooldown lasts five. Here `default_redis_batch_cache_expiry` is 0.5 and
  `cooldown_time` 60.
- What a provider sends just before its connection breaks off may not arrive: 1.106.2 drops what it has not passed on
  yet.
- A key that is not the master key needs the gateway's database; without one it answers "No connected db.", which is
  an `AuthenticationError`.
- The gateway runs in an environment of its own (`.venv-gateway`, locked with hashes in `requirements/gateway.txt`),
  and is not audited as the project's own packages are: the extra `proxy` of LiteLLM brings `litellm-enterprise`, a
  package under commercial terms. Neither `llm_core` nor its extras install it.
- Version {newest} lies over the locked packages of {locked} by `PYTHONPATH`, since not all that its own extra `proxy`
  requires is published.
"""


def page(results: Mapping[str, Sequence[Result]]) -> str:
    """Return the page, from the results by version."""
    lines = [_HEAD.format(summary="; ".join(summary(version, of_one) for version, of_one in results.items()))]
    lines += [f"| behaviour | promised | {' | '.join(results)} |", f"| --- | --- |{' --- |' * len(results)}"]
    lines += [_row(behaviour, results) for behaviour in (*BEHAVIOURS, *MORE)]
    lines += [_LOST.rstrip("\n")]
    lines += map(loss_row, LOSSES)
    lines += [_END.format(newest=NEWEST, locked=LOCKED)]
    return "\n".join(lines)


def loss_row(loss: Loss) -> str:
    """Return the row of *loss* in its table."""
    where = f"{_modes(loss.modes)} | {', '.join(loss.versions)}"
    return f"| {loss.behaviour} | {where} | {loss.seen} | {loss.reason} |"


def summary(version: str, results: Sequence[Result]) -> str:
    """Return how many cells of *version* are right, lost by the gateway, and wrong."""
    right, lost = sum(not one.differs for one in results), sum(is_lost(one, version) for one in results)
    wrong = len(results) - right - lost
    return (
        f"**{version}: {right} of {len(results)} cells are right**, {lost} are lost by the gateway, {wrong} are wrong"
    )


def is_lost(result: Result, version: str) -> bool:
    """Return whether *result* is not as promised for a reason that stands in the table of losses."""
    return bool(result.differs) and loss_of(result.behaviour.name, result.mode, version) is not None


def no_longer_lost(results: Mapping[str, Sequence[Result]]) -> list[str]:
    """Return the losses of the table that were not seen where they were measured: the table is to be changed."""
    kept = []
    for loss in LOSSES:
        for version in loss.versions:
            own = [one for one in results.get(version, ()) if one.behaviour.name == loss.behaviour]
            if any(one.mode in loss.modes and not one.differs for one in own):
                kept.append(f"{loss.behaviour}, {version}")
    return kept


def cell(behaviour: Behaviour, results: Sequence[Result], version: str) -> str:
    """Return the outcome of *behaviour* in one version, as "right" or with the modes that differ."""
    own = [one for one in results if one.behaviour is behaviour]
    if not own:
        return "not measured"
    lost = [one for one in own if is_lost(one, version)]
    wrong = [one for one in own if one.differs and one not in lost]
    parts = [f"{one.mode} WRONG: {one.differs}" for one in wrong]
    if lost:
        parts.append(f"lost in {_modes([one.mode for one in lost])}")
    return "; ".join(parts) or "right"


def _row(behaviour: Behaviour, results: Mapping[str, Sequence[Result]]) -> str:
    cells = (cell(behaviour, of_one, version) for version, of_one in results.items())
    return f"| {behaviour.name} | {behaviour.promise} | {' | '.join(cells)} |"


def _modes(modes: Sequence[str]) -> str:
    return "all modes" if set(modes) == set(EVERY) else ", ".join(f"`{mode}`" for mode in modes)
