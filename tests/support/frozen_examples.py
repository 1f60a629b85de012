"""Invented examples, preferences and rated answers, and a short way to freeze them."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from brandtune.core.examples import Example, Message, Preference, Rated
from brandtune.datasets import DatasetVersion, SplitConfig, freeze

WORDS = [f"word{index}" for index in range(400)]
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def words(seed: object, count: int = 25) -> str:
    rng = random.Random(str(seed))
    return " ".join(rng.choice(WORDS) for _ in range(count))


def example(
    number: int,
    *,
    subject: str | None = None,
    groups: tuple[str, ...] = (),
    text: str = "",
    task: str = "support_reply",
    day: int | None = None,
) -> Example:
    said = text or words(number)
    messages = (
        Message(role="system", content="You answer."),
        Message(role="user", content=f"question {said}"),
        Message(role="assistant", content=f"answer [CUSTOMER_NAME] {said}"),
    )
    return Example(
        example_id=f"e{number:05d}", task=task, messages=messages, target=2, subject=subject, groups=groups,
        source_record_ids=(f"r{number}",), occurred_at=None if day is None else FIRST_DAY + timedelta(days=day),
    )  # fmt: skip


def prompt(text: str) -> tuple[Message, ...]:
    return (Message(role="system", content="You write."), Message(role="user", content=text))


def preference(number: int, *, text: str = "", **more: Any) -> Preference:
    said = text or words(f"p{number}")
    return Preference(
        preference_id=f"p{number:05d}", task="campaign_copy", prompt=prompt(f"brief {said}"), chosen=f"good {said}",
        rejected=f"bad {words(f'rejected{number}')}", evidence="ab_test", source_record_ids=(f"ra{number}", f"rb{number}"),
        **more,
    )  # fmt: skip


def rated(number: int, *, text: str = "", good: bool = True, **more: Any) -> Rated:
    said = text or words(f"k{number}")
    return Rated(
        rated_id=f"k{number:05d}", task="support_reply", prompt=prompt(f"asked {said}"), completion=f"reply {said}",
        good=good, evidence="csat", source_record_ids=(f"rk{number}",), **more,
    )  # fmt: skip


def company(count: int, seed: int = 0) -> list[Example]:
    rng = random.Random(seed)
    return [
        example(
            number, subject=f"s{rng.randrange(count)}" if rng.random() < 0.8 else None,
            groups=(f"conversation:{number}", *([f"near:{rng.randrange(count)}"] if rng.random() < 0.1 else [])),
            task=rng.choice(["support_reply", "support_reply", "campaign_copy"]),
        )
        for number in range(count)
    ]  # fmt: skip


def frozen(
    examples: list[Example], directory: Path, *, key: str = "key", split: SplitConfig | None = None, **more: Any
) -> DatasetVersion:
    return freeze(
        examples, split=split or SplitConfig(), directory=directory, key=key, brand_name="Quill Books", **more
    )


def sides(version: DatasetVersion) -> dict[str, str]:
    """Item name -> split."""
    return {row.name: row.split for row in version.sidecar()}
