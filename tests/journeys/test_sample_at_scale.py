"""The sample company at ten times its size, from records to a frozen dataset."""

import json
import os

import pytest

from brandtune import load_plan, run_journey, sample
from brandtune.execution import RunDirectory
from brandtune.workflows.keeping import load_curated, load_version


@pytest.mark.slow
def test_ten_times_the_company_freezes_without_leaks_and_with_every_row_accounted_for(tmp_path):
    os.environ["BRANDTUNE_KEY"] = "test"
    sample.write(tmp_path / "big", scale=10)
    plan = load_plan(tmp_path / "big" / "brandtune.yaml")
    assert run_journey(plan, until="freeze") is None
    run = RunDirectory.latest(plan.workspace)
    assert run is not None
    curated = load_curated(run.path / "curate")
    for step in curated.funnel:
        assert step.entered == step.left + sum(step.reasons.values()), step.step
    version = load_version(plan.workspace)(run.path / "freeze")
    people = {split: {e.subject for e in version.examples(split)} - {None} for split in ("train", "validation", "test")}
    assert not people["train"] & people["test"]
    assert not people["train"] & people["validation"]
    truth = [json.loads(line) for line in (tmp_path / "big" / "truth" / "tickets.jsonl").read_text().splitlines()]
    off_brand = {str(row["ticket_id"]) for row in truth if row["off_brand"]}
    assert len(truth) == 15_000
    kept = {group.partition(":")[2] for example in curated.kept for group in example.groups}
    assert not kept & off_brand
