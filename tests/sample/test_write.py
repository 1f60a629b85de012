"""What `write` promises: the same bytes for the same seed, the promised files and counts, nothing overwritten."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from brandtune.sample import write


def _digest(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*")) if path.is_file()
    }  # fmt: skip


def test_the_same_seed_gives_the_same_bytes(company, tmp_path):
    write(tmp_path)
    assert _digest(tmp_path) == _digest(company.root)


def test_another_seed_gives_other_data_and_the_same_rules(tmp_path):
    for seed in (1, 2):
        write(tmp_path / str(seed), seed=seed, scale=0.05)
    one, two = _digest(tmp_path / "1"), _digest(tmp_path / "2")
    assert one["data/tickets.json"] != two["data/tickets.json"]
    assert one["styles/Larkspur/SignOff.yml"] == two["styles/Larkspur/SignOff.yml"]


def test_counts_at_scale_one(company):
    counts = company.summary.counts
    assert counts["data/tickets.json"] == 1500
    assert counts["data/campaigns.csv"] == 240
    assert counts["data/reviews.jsonl"] == 600
    assert counts["data/survey.csv"] == 300
    assert len({row["Handle"] for row in company.csv("data/products.csv")}) == 150
    assert 12_000 <= len(company.jsonl("data/events/*.jsonl")) <= 16_000
    assert all(path.is_file() for path in company.summary.paths)
    assert not list(company.root.rglob("*.part"))


def test_refuses_a_folder_that_has_a_plan(tmp_path):
    (tmp_path / "brandtune.yaml").write_text("mine")
    with pytest.raises(FileExistsError, match=r"brandtune\.yaml"):
        write(tmp_path, scale=0.02)
    assert [path.name for path in tmp_path.iterdir()] == ["brandtune.yaml"]


def test_dates_stay_in_the_window(company):
    days = [row["timestamp"][:10] for row in company.jsonl("data/events/*.jsonl")]
    days += [comment["created_at"][:10] for ticket in company.desk["tickets"] for comment in ticket["comments"]]
    days += [row["ordered_at"][:10] for row in company.csv("data/orders.csv")]
    assert min(days) >= "2025-09-01"
    assert max(days) <= "2026-08-31"
