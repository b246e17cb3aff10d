"""The logic of benchmarks/: ratios, targets, tables, and that all candidates do the same work."""

from collections.abc import Iterator

import attrs
import httpx
import pytest

from benchmarks.candidates import raw_httpx
from benchmarks.contests import CALL, CONTESTS, DIRECT, HTTPX, OPENAI, RIVALS, Candidate, Contest
from benchmarks.figures import RATIO, TARGETS, Figure, figures_of
from benchmarks.measuring.fake_provider import running_fake_provider
from benchmarks.measuring.rounds import Standing, run_contest
from benchmarks.measuring.workload import Work, spec_of
from benchmarks.page import markdown, rows_of
from benchmarks.run import PANELS

SHORT_CALL = next(contest for contest in CONTESTS if contest.work.name == "short_call")
LIMIT = Standing(HTTPX.label, (0.001, 0.002, 0.004))
OURS = Standing(DIRECT.label, (0.0012, 0.0024, 0.008))
SLOW_PEER = Standing(RIVALS[1].label, (0.01, 0.02, 0.04))
FAST_PEER = Standing(OPENAI.label, (0.003, 0.006, 0.012))


@pytest.fixture(scope="module")
def fake_provider() -> Iterator[str]:
    with running_fake_provider() as url:
        yield url


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    assert 1.2 == pytest.approx(OURS.over(LIMIT))


def test_a_figure_is_of_the_median_round() -> None:
    assert 2400 == pytest.approx(OURS.microseconds)


def test_a_target_over_the_limit_is_reached() -> None:
    fast = Standing(DIRECT.label, tuple(seconds / 2 for seconds in LIMIT.seconds))

    over_limit, _ = figures_of(SHORT_CALL, (LIMIT, fast, FAST_PEER))

    assert ("0.50 x", "at most 0.85 x", "reached") == over_limit.row[2:]


def test_a_target_over_the_limit_is_not_reached_by_a_larger_ratio() -> None:
    over_limit, _ = figures_of(SHORT_CALL, (LIMIT, OURS, FAST_PEER))

    assert ("1.20 x", "at most 0.85 x", "NOT REACHED") == over_limit.row[2:]


def test_a_target_over_peers_compares_with_the_fastest_peer() -> None:
    _, over_peers = figures_of(SHORT_CALL, (LIMIT, OURS, SLOW_PEER, FAST_PEER))

    assert "2,400.0 / 6,000.0 us (openai SDK)" == over_peers.detail
    assert 0.4 == pytest.approx(over_peers.value)


def test_a_peer_with_a_problem_is_left_out() -> None:
    broken = Standing(OPENAI.label, problem="not installed")

    _, over_peers = figures_of(SHORT_CALL, (LIMIT, OURS, SLOW_PEER, broken))

    assert f"2,400.0 / 20,000.0 us ({SLOW_PEER.label})" == over_peers.detail


def test_a_candidate_with_a_problem_is_a_row_with_the_reason() -> None:
    broken = Standing(DIRECT.label, problem="not built")

    over_limit, over_peers = figures_of(SHORT_CALL, (LIMIT, broken, FAST_PEER))

    assert ("not built", "", "at most 0.85 x", "not measured") == over_limit.row[1:]
    assert "not measured" == over_peers.verdict


def test_a_target_is_not_reached_by_problems_of_all_peers() -> None:
    _, over_peers = figures_of(SHORT_CALL, (LIMIT, OURS, Standing(OPENAI.label, problem="not installed")))

    assert ("openai SDK: not installed", "", "at most 1 x", "not measured") == over_peers.row[1:]


def test_a_target_over_a_candidate_that_did_not_take_part_has_no_figure() -> None:
    figures = tuple(figures_of(SHORT_CALL, (LIMIT, Standing(CALL.label, (0.1,)))))

    assert () == figures


@pytest.mark.parametrize(("value", "verdict"), [(1.3, "reached"), (1.31, "NOT REACHED"), (None, "not measured")])
def test_the_verdict_compares_the_value_with_the_target(value: float | None, verdict: str) -> None:
    figure = Figure(title="it", value=value, unit=RATIO, at_most=1.3)

    assert verdict == figure.verdict


def test_the_ratio_column_is_empty_for_other_units() -> None:
    figure = Figure(title="import", value=71.5, unit=" ms", at_most=80, detail="CPU")

    assert ("import", "71.50 ms; CPU", "", "at most 80 ms", "reached") == figure.row


def test_a_markdown_table_escapes_the_pipe() -> None:
    table = markdown(("who", "what"), [("a|b", "1")])

    assert "| who | what |\n| --- | --- |\n| a\\|b | 1 |" == table


def test_the_rows_of_a_contest_show_microseconds_and_ratio() -> None:
    rows = list(rows_of((LIMIT, OURS, Standing("aisuite", problem="offers no stream"))))

    assert [
        ("httpx and json", "2,000.0", "1.00"),
        ("llm_core, DirectChat", "2,400.0", "1.20"),
        ("aisuite", "offers no stream", ""),
    ] == rows


def test_the_limit_stays_in_every_selection() -> None:
    chosen = SHORT_CALL.among(["Direct"])

    assert (HTTPX, DIRECT) == chosen.candidates


def test_every_target_and_panel_names_an_existing_work() -> None:
    named = {*PANELS, *(work for target in TARGETS for work in target.works)}

    assert named <= {contest.work.name for contest in CONTESTS}


@pytest.mark.parametrize("dialect", ["openai", "anthropic", "gemini"])
def test_the_fake_provider_plays_three_wires(fake_provider: str, dialect: str) -> None:
    work = Work("text", "stream", dialect=dialect, chunks=1_200)

    with httpx.Client() as client:
        call = raw_httpx.stream(spec_of(work, fake_provider, "-"), client)
        seen = call(), call()

    assert (work.answer, work.answer) == seen
    assert 4 * 1_200 == len(work.answer)


@pytest.mark.parametrize("dialect", ["openai", "anthropic"])
def test_the_fake_provider_streams_arguments(fake_provider: str, dialect: str) -> None:
    work = Work("arguments", "stream", dialect=dialect, shape="arguments", chunks=50)

    with httpx.Client() as client:
        seen = raw_httpx.stream(spec_of(work, fake_provider, "-"), client)()

    assert work.answer == seen


def test_a_candidate_that_cannot_run_has_the_reason(fake_provider: str) -> None:
    contest = Contest("a call", Work("short", "complete"), (HTTPX, Candidate("missing", "missing")), rounds=2)

    able, unable = run_contest(contest, fake_provider)

    assert 2 == len(able.seconds)
    assert min(able.seconds) > 0
    assert "ModuleNotFoundError: No module named 'benchmarks.candidates.missing'" == unable.problem


def test_a_peer_without_its_environment_has_the_reason(fake_provider: str) -> None:
    nowhere = attrs.evolve(HTTPX, home="nowhere")

    (standing,) = run_contest(Contest("a call", Work("short", "complete"), (nowhere,)), fake_provider)

    assert "requirements/peers-nowhere.txt is not installed" == standing.problem
