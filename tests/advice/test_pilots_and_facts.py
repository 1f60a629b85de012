"""The pilot with its KPIs, later runs against them; facts from the business in place of assumptions."""

import json
from datetime import date
from pathlib import Path

import msgspec
import pytest
from measured_runs import ON_BRAND, measured_report
from statsmodels.stats.proportion import confint_proportions_2indep

from brandtune.advice import pilot
from brandtune.advice.facts import load_facts, published_usable, quality_fact, shown
from brandtune.core.errors import ConfigError, DataError, NotFoundError, UsageError

FIRST, LAST = date(2026, 11, 20), date(2026, 12, 20)


def agreed(*kpis: str) -> pilot.Pilot:
    return pilot.plan_pilot(owner="Jo", started=FIRST, until=LAST, kpis=kpis, tasks=["support_reply"], worthwhile=0.05)


def test_a_pilot_without_kpis_asks_for_the_gain_that_is_worth_tuning_for() -> None:
    assert agreed().kpis == (pilot.Kpi(metric="primary_gain", target=0.05),)
    assert agreed("on_brand=0.8").kpis == (pilot.Kpi(metric="on_brand", target=0.8),)


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"owner": " "}, "--owner"),
        ({"until": FIRST}, "--until"),
        ({"kpis": ["on_brand"]}, "--kpi"),
        ({"kpis": ["on_brand=lots"]}, "--kpi"),
        ({"kpis": ["on_brandd=0.8"]}, "--kpi"),
        ({"kpis": ["=0.5"]}, "--kpi"),
        ({"kpis": ["on_brand=nan"]}, "--kpi"),
    ],
)
def test_a_pilot_that_nobody_could_decide_is_refused(settings: dict, where: str) -> None:
    whole = {"owner": "Jo", "started": FIRST, "until": LAST, "kpis": [], "tasks": [], "worthwhile": 0.05}
    with pytest.raises(UsageError) as caught:
        pilot.plan_pilot(**{**whole, **settings})
    assert caught.value.where == where


def test_runs_are_tracked_by_their_intervals() -> None:
    good, bad = measured_report(tuned=0.9, prompt=0.4), measured_report(tuned=0.3, prompt=0.4)
    reports = [
        ("early", "2026-11-01T10:00:00", good),
        ("one", "2026-11-21T10:00:00", bad),
        ("two", "2026-11-25T10:00:00", good),
    ]
    plan = agreed("on_brand=0.8", "primary_gain=0.05", "chrf=1")
    found = {(one.run_id, one.metric): one.state for one in pilot.track(plan, reports)}
    assert found == {
        ("one", "on_brand"): "missed", ("one", "primary_gain"): "missed",
        ("two", "on_brand"): "met", ("two", "primary_gain"): "met",
    }  # fmt: skip
    barely = pilot.track(agreed("on_brand=0.9"), reports[2:])
    assert [one.state for one in barely] == ["open"]
    lower = msgspec.structs.replace(good, metrics=(msgspec.structs.replace(ON_BRAND, higher_is_better=False),))
    found = pilot.track(agreed("on_brand=0.8", "on_brand=0.99"), [("one", "2026-11-21T10:00:00", lower)])
    assert [one.state for one in found] == ["missed", "met"]
    said = pilot.sentence(plan, pilot.track(plan, reports), today=date(2026, 12, 1))
    assert said == "Jo's pilot until 2026-12-20: 2 of 3 KPIs are met in the latest run; 19 days are left."
    assert "ended 2 days ago" in pilot.sentence(plan, (), today=date(2026, 12, 22))


def test_a_pilot_is_kept_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "pilot.json"
    assert pilot.load(path) is None
    pilot.save(agreed("on_brand=0.8"), path)
    assert pilot.load(path) == agreed("on_brand=0.8")
    path.write_text('{"owner": 3}')
    with pytest.raises(DataError, match="is not a pilot plan"):
        pilot.load(path)


FACTS = """
minutes_per_piece: 4.5
edits: edits.jsonl
outcomes:
  - {metric: csat, arm: tuned, share: 0.9, n: 100}
"""


def write_edits(folder: Path, *, tuned: int, prompt: int, each: int = 40) -> None:
    rows = []
    for arm, kept in (("tuned", tuned), ("prompt", prompt)):
        for number in range(each):
            draft = "Thank you for waiting, it ships tomorrow."
            published = (
                draft if number < kept else "We are sorry. Your parcel was lost and we send another one at once."
            )
            rows.append({"draft": draft, "published": published, "arm": arm})
    (folder / "edits.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_published_edits_become_the_gain_with_newcombes_interval(tmp_path: Path) -> None:
    (tmp_path / "facts.yaml").write_text(FACTS)
    write_edits(tmp_path, tuned=32, prompt=20)
    facts = load_facts(tmp_path / "facts.yaml")
    usable = published_usable(facts, folder=tmp_path)
    assert facts.minutes_per_piece == 4.5
    assert usable == {"tuned": (32, 40), "prompt": (20, 40)}
    gain, low, high = quality_fact(usable, arm="tuned", baseline="prompt")
    theirs = confint_proportions_2indep(32, 40, 20, 40, compare="diff", method="newcomb")
    assert gain == pytest.approx(0.3)
    assert (low, high) == pytest.approx(theirs, abs=1e-6)
    listed = {(one.metric, one.arm): (one.share, one.n) for one in shown(facts, usable)}
    assert listed == {
        ("published_unedited", "tuned"): (0.8, 40), ("published_unedited", "prompt"): (0.5, 40), ("csat", "tuned"): (0.9, 100),
    }  # fmt: skip


def test_few_published_texts_do_not_replace_what_was_measured(tmp_path: Path) -> None:
    write_edits(tmp_path, tuned=10, prompt=5, each=19)
    (tmp_path / "facts.yaml").write_text("edits: edits.jsonl\n")
    usable = published_usable(load_facts(tmp_path / "facts.yaml"), folder=tmp_path)
    assert quality_fact(usable, arm="tuned", baseline="prompt") is None
    assert quality_fact({}, arm="tuned", baseline="prompt") is None


def test_mistakes_in_facts_are_named_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "facts.yaml"
    path.write_text("minutes_per_peice: 4\n")
    with pytest.raises(ConfigError, match="minutes_per_piece"):
        load_facts(path)
    path.write_text("edits: nowhere.csv\n")
    with pytest.raises(NotFoundError, match="file of edits"):
        published_usable(load_facts(path), folder=tmp_path)
    path.write_text("edits: edits.csv\n")
    (tmp_path / "edits.csv").write_text("draft,published\nhello,hello there\n")
    with pytest.raises(DataError, match=r"edits.csv:2: the row needs"):
        published_usable(load_facts(path), folder=tmp_path)
    path.write_text("edits: edits.jsonl\n")
    (tmp_path / "edits.jsonl").write_text("{broken\n")
    with pytest.raises(DataError, match=r"edits.jsonl:1: not JSON"):
        published_usable(load_facts(path), folder=tmp_path)
    with pytest.raises(NotFoundError):
        load_facts(tmp_path / "none.yaml")


def test_csv_of_edits_reads_the_same(tmp_path: Path) -> None:
    (tmp_path / "facts.yaml").write_text("edits: edits.csv\n")
    (tmp_path / "edits.csv").write_text(
        'draft,published,arm\n"It ships today.","It ships today.",tuned\n"","Sorry!",tuned\n'
    )
    assert published_usable(load_facts(tmp_path / "facts.yaml"), folder=tmp_path) == {"tuned": (1, 2)}


def test_a_kpi_that_nothing_measures_names_the_nearest_one() -> None:
    with pytest.raises(UsageError) as error:
        agreed("on_brandd=0.8")
    assert error.value.fix == "Did you mean on_brand?"


def test_a_facts_file_that_is_not_there_is_no_missing_configuration(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no facts file"):
        load_facts(tmp_path / "none.yaml")
