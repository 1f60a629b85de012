"""Every task learns something from the sample company, and what was planted is found."""

from __future__ import annotations

import csv
import re
from collections import Counter

import pytest

from brandtune import profiles, sources
from brandtune.core.brand import load_brand
from brandtune.core.tasks import BrandQa, ComplianceCheck, Localize, NextBestAction, SocialPost, TicketIntent
from brandtune.curation import Curated, curate
from brandtune.sample import write
from brandtune.workflows.plan import load_plan

MORE = (SocialPost(), BrandQa(), TicketIntent(), NextBestAction(), ComplianceCheck(), Localize())


@pytest.fixture(scope="module")
def larkspur(tmp_path_factory: pytest.TempPathFactory):
    root = tmp_path_factory.mktemp("small-larkspur")
    write(root, scale=0.25)
    return root


@pytest.fixture(scope="module")
def curated(larkspur) -> Curated:
    plan = load_plan(larkspur / "brandtune.yaml")
    read = sources.read(plan.sources, base_dir=plan.directory)
    linked = profiles.link(read.records, config=plan.identity, purpose="model_training", key="k")
    return curate(
        linked.records, subjects=linked.subjects, tasks=[*plan.tasks, *MORE], key="k", config=plan.curation,
        brand=load_brand(plan.brand, base_dir=plan.directory), governance=plan.governance,
    )  # fmt: skip


def test_the_plan_offers_every_task_in_comments(larkspur):
    text = (larkspur / "brandtune.yaml").read_text("utf-8")
    assert set(re.findall(r"# - kind: (\w+)", text)) == {task.kind for task in MORE}


def test_every_task_learns_something(curated):
    least = {"support_reply": 100, "campaign_copy": 40, "product_description": 30, "social_post": 15, "brand_qa": 70,
             "ticket_intent": 100, "next_best_action": 10, "compliance_check": 15, "localize": 20}  # fmt: skip
    assert {
        task: curated.report.by_task[task] for task, count in least.items() if curated.report.by_task[task] < count
    } == {}


def test_learnt_actions_are_those_that_worked(curated, larkspur):
    """Orders that would have come anyway count too: nothing in such data tells them apart."""
    with (larkspur / "truth/actions.csv").open(encoding="utf-8", newline="") as file:
        truth = {row["message_id"]: row for row in csv.DictReader(file)}
    learnt = [example for example in curated.kept if example.task == "next_best_action"]
    rows = [next(truth[key] for key in truth if key in example.source_record_ids[0]) for example in learnt]
    assert sum(row["converted"] == "true" for row in rows) > 0.75 * len(rows)
    assert [row["action"].replace("_", " ") for row in rows] == [example.label for example in learnt]
    assert sum(row["action"] == row["best_action"] for row in rows) > 0.7 * len(rows)
    assert {example.facts["propensity"] for example in learnt} == {"not logged"}


def test_slips_of_the_glossary_are_found(curated):
    kept = [example.reference for example in curated.kept if example.task == "localize"]
    slipped = [row for row in curated.dropped if row.reason == "does not keep to the glossary"]
    assert slipped
    assert not [text for text in kept if re.search("Garantie|Werkstatt|Kundenkonto", text)]


def test_idle_edits_are_found_and_the_rest_are_preferences(curated):
    reasons = Counter(row.reason for row in curated.dropped if row.step == "edits")
    assert set(reasons) == {"nothing changed but punctuation"}
    pairs = [pair for pair in curated.preferences if pair.evidence == "edit"]
    assert len(pairs) + reasons.total() == 20
    assert all("See you out there." in pair.chosen for pair in pairs)


def test_tests_point_the_way_the_angles_were_planted(curated):
    """Scenes are engaged with most, news least; a few tests may come out otherwise."""
    pairs = [pair for pair in curated.preferences if pair.task == "social_post"]
    assert pairs
    news = re.compile("is back|Meet the|Say hello|until Sunday")
    wrong = sum(bool(news.search(pair.chosen)) for pair in pairs)
    assert wrong <= 0.34 * len(pairs)


def test_ratings_are_good_and_bad(curated):
    rated = Counter((one.evidence, one.good) for one in curated.rated)
    assert set(rated) == {("csat", True), ("csat", False), ("resolution", True), ("resolution", False)}
    assert rated["csat", True] > rated["csat", False]
