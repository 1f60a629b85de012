"""Writes the sample company into a folder; read `people.py`, `tickets.py` and `language/` for what is in it."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from . import actions, catalog, events, export, marketing, people, shop, tickets


@dataclass(frozen=True)
class SampleSummary:
    """What was written: rows (or tickets, or events) for each file of `directory`, in the order of writing."""

    directory: Path
    counts: dict[str, int]

    @property
    def paths(self) -> tuple[Path, ...]:
        return tuple(self.directory / name for name in self.counts)


def write(directory: Path, *, seed: int = 20, scale: float = 1.0) -> SampleSummary:
    """Writes the sample company *Larkspur Outdoor* into `directory`: its data, its voice, its facts, and the truth.

    The same seed and scale give the same bytes. Scale 1 is 1,500 tickets; scale 10 is ten times everything, except
    that the catalogue stops at 1,200 products.

    Raises:
        FileExistsError: `directory` already holds a `brandtune.yaml`; nothing is touched.

    Example:
        >>> import tempfile
        >>> summary = write(Path(tempfile.mkdtemp()), scale=0.02)
        >>> summary.counts["data/tickets.json"]
        30
    """
    directory = Path(directory)
    if (directory / "brandtune.yaml").exists():
        raise FileExistsError(f"{directory / 'brandtune.yaml'} exists; choose an empty folder or remove it first")
    counts = {}
    for name, text, count in _company(seed, scale):
        _write_atomically(directory / name, text)
        counts[name] = count
    # The plan goes last: a folder that has it is complete.
    for name, text in sorted(
        _static(resources.files(__package__) / "files"), key=lambda item: item[0] == "brandtune.yaml"
    ):
        _write_atomically(directory / name, text)
        counts[name] = 1
    return SampleSummary(directory, counts)


def _company(seed: int, scale: float) -> Iterator[tuple[str, str, int]]:
    """Yields name, text and row count of each generated file."""

    def stream(name: str) -> random.Random:
        return random.Random(f"{seed}:{name}")

    def sized(count: int) -> int:
        return max(2, round(count * scale))

    folk = people.build(max(40, sized(1900)), rng=stream("people"))
    products = catalog.build(max(60, sized(150)), rng=stream("catalog"))
    orders = shop.Orders(stream("order numbers"), capacity=sized(2600) + 200)
    desk, users = tickets.build(sized(1500), people=folk, products=products, orders=orders, rng=stream("tickets"))
    orders.fill(sized(900), people=folk, products=products, rng=stream("orders"))
    mailings = shop.build_campaigns(sized(120), products=products, rng=stream("campaigns"))
    reviews = shop.build_reviews(sized(600), orders=orders.placed, rng=stream("reviews"))
    survey = shop.build_survey(sized(300), people=folk, products=products, rng=stream("survey"))
    stream_of_events = events.build(folk, orders=orders.placed, campaigns=mailings, rng=stream("events"))

    yield _table("data/customers.csv", export.customer_rows(folk, rng=stream("customers")))
    for month, rows in _by_month(stream_of_events).items():
        yield f"data/events/{month}.jsonl", export.to_jsonl(rows), len(rows)
    yield "data/tickets.json", json.dumps(export.zendesk(desk, users), ensure_ascii=False, indent=1) + "\n", len(desk)
    yield _table("data/campaigns.csv", mailings)
    yield _table("data/products.csv", export.product_rows(products, rng=stream("descriptions")))
    yield _table("data/orders.csv", export.order_rows(orders.placed))
    yield "data/reviews.jsonl", export.to_jsonl(reviews), len(reviews)
    yield _table("data/survey.csv", survey)
    posts = marketing.build_posts(sized(120), products=products, rng=stream("posts"))
    edits = marketing.build_edits(sized(80), products=products, rng=stream("edits"))
    assets, verdicts = marketing.build_assets(sized(120), mailings=mailings, rng=stream("assets"))
    german = marketing.build_translations(products=products, rng=stream("translations"))
    done, best = actions.build(sized(260), people=folk, orders=orders.placed, products=products, rng=stream("actions"))
    yield _lines("data/posts.jsonl", posts)
    yield _lines("data/edits.jsonl", edits)
    yield _lines("data/faq.jsonl", marketing.build_faq())
    yield _table("data/assets.csv", assets)
    yield _lines("data/translations.jsonl", german)
    yield _lines("data/actions.jsonl", done)
    yield _table("truth/identities.csv", export.identity_rows(folk, users))
    yield "truth/tickets.jsonl", export.to_jsonl(map(export.truth_row, desk)), len(desk)
    yield _table("truth/assets.csv", verdicts)
    yield _table("truth/actions.csv", best)


def _table(name: str, rows: list[dict[str, Any]]) -> tuple[str, str, int]:
    return name, export.to_csv(rows), len(rows)


def _lines(name: str, rows: list[dict[str, Any]]) -> tuple[str, str, int]:
    return name, export.to_jsonl(rows), len(rows)


def _by_month(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    months: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        months[row["timestamp"][:7]].append(row)
    return months


def _static(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yields the files that are the same for every seed: plan, voice, rules, facts, and the key to the truth."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _static(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, entry.read_text(encoding="utf-8")


def _write_atomically(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(text.encode("utf-8"))
    temporary.replace(path)
