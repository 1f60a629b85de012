"""The split by time: later judges, earlier teaches, and nothing that is tied crosses."""

from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from frozen_examples import FIRST_DAY, example, frozen, preference, words
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brandtune.core.errors import EmptyDatasetError
from brandtune.core.examples import Dropped
from brandtune.core.storage import read_jsonl
from brandtune.datasets import SplitConfig

CUT = 60


def cut(**more: object) -> SplitConfig:
    return SplitConfig(after=date(2026, 1, 1) + timedelta(days=CUT), **more)


def test_everything_after_the_day_is_the_test_and_nothing_else(tmp_path: Path) -> None:
    examples = [example(n, subject=f"s{n}", day=n) for n in range(100)]
    version = frozen(examples, tmp_path, split=cut())
    held_out = version.examples("test")
    assert {e.example_id for e in held_out} == {f"e{n:05d}" for n in range(CUT + 1, 100)}
    assert version.facts().left_out == {} and sum(version.counts["validation"].values()) > 0


def test_an_earlier_ticket_of_somebody_held_out_is_left_out_and_written_down(tmp_path: Path) -> None:
    examples = [example(n, subject=f"s{n % 80}", day=n) for n in range(100)]
    version = frozen(examples, tmp_path, split=cut())
    reason = "tied to what is held out, and earlier"
    assert version.facts().left_out == {reason: 20}
    rows = read_jsonl(version.directory / "left_out.jsonl", Dropped)
    assert {row.id for row in rows} == {f"e{n:05d}" for n in range(20)} and {row.reason for row in rows} == {reason}
    assert f"Left out: {reason} 20" in (version.directory / "README.md").read_text()
    kept = [e for split in ("train", "validation", "test") for e in version.examples(split)]
    assert len(kept) + len(rows) == 100


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 120), st.integers(0, 60), st.integers(0, 60)), min_size=60, max_size=120))
def test_no_tie_crosses_the_cut(tmp_path: Path, drawn: list[tuple[int, int, int]]) -> None:
    examples = [example(n, subject=f"s{s}", groups=(f"conversation:{n // 2}",), day=d, text=words(f"{n}/{s}/{g}"))
                for n, (d, s, g) in enumerate(drawn)]  # fmt: skip
    try:
        version = frozen(examples, tmp_path, split=cut(validation=0.0))
    except Exception as error:
        assert "hang together" in str(error) or "no example" in str(error)
        return
    learnt, judged = version.examples("train"), version.examples("test")
    day = (FIRST_DAY + timedelta(days=CUT)).date()
    assert all(e.occurred_at.date() <= day for e in learnt) and all(e.occurred_at.date() > day for e in judged)
    assert not {e.subject for e in learnt} & {e.subject for e in judged}
    assert {e.example_id for e in judged} == {e.example_id for e in examples if e.occurred_at.date() > day}
    assert len(learnt) + len(judged) + sum(version.facts().left_out.values()) == len(examples)


def test_without_a_date_it_depends_on_the_task(tmp_path: Path) -> None:
    dated = [example(n, subject=f"s{n}", day=n) for n in range(100)]
    undated = [example(200 + n) for n in range(7)]
    sheets = [example(300 + n, task="product_description") for n in range(80)]
    tied = msgspec.structs.replace(sheets[0], subject="s99")
    version = frozen([*dated, *undated, tied, *sheets[1:]], tmp_path, split=cut())
    assert version.facts().left_out == {"no date": 7}
    assert sum(tasks.get("product_description", 0) for tasks in version.counts.values()) == 80
    assert tied.example_id in {e.example_id for e in version.examples("test")}
    assert version.counts["train"]["product_description"] > 60


def test_preferences_follow_the_same_rule(tmp_path: Path) -> None:
    examples = [example(n, subject=f"s{n}", day=n) for n in range(100)]
    pairs = [preference(n, occurred_at=FIRST_DAY + timedelta(days=n)) for n in range(100)]
    version = frozen(examples, tmp_path, split=cut(), preferences=pairs)
    assert {p.preference_id for p in version.preferences("test")} == {f"p{n:05d}" for n in range(CUT + 1, 100)}


@pytest.mark.parametrize(("first", "says"), [(0, "after"), (CUT + 1, "up to")])
def test_nothing_on_one_side_names_the_days_there_are(tmp_path: Path, first: int, says: str) -> None:
    examples = [example(n, day=first + n % 50) for n in range(60)]
    with pytest.raises(EmptyDatasetError, match=f"no example can be used {says} 2026-03-02: they run from 2026"):
        frozen(examples, tmp_path, split=cut())
    assert not list(tmp_path.iterdir())


def test_no_dates_at_all(tmp_path: Path) -> None:
    with pytest.raises(EmptyDatasetError, match="none has a date"):
        frozen([example(n) for n in range(60)], tmp_path, split=cut())
