"""``llm-core contract``: checks an adapter, or the configured model."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from .arguments import Command, as_usage_error
from .console import Screen

_DESCRIPTION = """CONTRACT is a subclass of ChatPortContract or LiveContract, as module:Class, which pytest imports.
--live runs the live contract: it sends some forty short requests to the configured model, at its price;
LITELLM_MAX_TOKENS limits each answer. Exit code: 0 every promise is kept, 1 one is broken, 2 nothing could be checked.

  llm-core contract tests.test_my_chat:TestMyChat
  llm-core contract tests.test_my_chat:TestMyChat --quick
  llm-core contract tests.test_my_chat:TestMyChat -k "stream.one-end or cancel" --report build/contract
  llm-core contract tests.test_my_chat:TestMyChat --report build --baseline build/report.json
  llm-core contract --live --model openai/gpt-5-mini --report build/live
"""


def _add_options(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("contract", nargs="?", metavar="CONTRACT", help="the class, as module:Class")
    add("--live", action="store_true", help="send requests to the configured model, over the network")
    add("--model", metavar="MODEL", help="with --live: instead of the configured one, as in openai/gpt-5-mini")
    add("--report", metavar="FOLDER", type=Path, help="write report.html and report.json into FOLDER")
    add("--baseline", metavar="FILE", type=Path, help="show what is worse than in the report.json of an earlier run")
    add("-k", dest="keyword", metavar="EXPRESSION", help="run only the clauses whose ids match, as pytest's -k does")
    add("--quick", action="store_true", help="check each clause in one mode instead of all four")


def _run(given: Namespace, screen: Screen) -> int:
    from .contract_run import RunOptions, contract_target, run_contract, run_live_contract

    options = RunOptions(keyword=given.keyword, folder=given.report, quick=given.quick, baseline=given.baseline)
    with as_usage_error():
        if given.baseline is not None and not given.baseline.is_file():
            raise ValueError(f"--baseline {given.baseline}: no such file")
        target = contract_target(given.contract, live=given.live, model=given.model, quick=given.quick)
    if target is None:
        from .chosen import chosen_settings

        return run_live_contract(chosen_settings(given.model), options, screen)
    return run_contract(target, options, screen)


CONTRACT = Command(
    name="contract",
    summary="Check an adapter, or the configured model",
    description=_DESCRIPTION,
    add_options=_add_options,
    run=_run,
)
