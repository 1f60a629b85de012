"""Who stays stays on their side: always where the earlier version is given, nearly always without it."""

import random
from pathlib import Path

import msgspec
import pytest
from frozen_examples import company, example, frozen, preference, rated, sides, words
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from brandtune.core.errors import DataError
from brandtune.datasets import SplitConfig, latest, versions
from brandtune.datasets.components import components
from brandtune.datasets.items import items_of
from brandtune.datasets.splitting import assign


def test_erasing_a_person_moves_nobody_else(tmp_path: Path) -> None:
    examples = [example(n, subject=f"s{n // 3}", groups=(f"conversation:{n}",)) for n in range(600)]
    before = sides(frozen(examples, tmp_path))
    left = [e for e in examples if e.subject not in {"s7", "s100", "s150"}]
    after = sides(frozen(left, tmp_path))
    assert len(after) == 591 and all(before[name] == split for name, split in after.items())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10_000), st.floats(0.02, 0.6), st.integers(80, 160))
def test_with_the_earlier_version_nobody_ever_moves(tmp_path: Path, seed: int, share: float, count: int) -> None:
    rng = random.Random(seed)
    people = [f"s{n}" for n in range(count)]
    copied = [words(f"copied{n}", 30) for n in range(count // 40)]
    examples = [
        example(n, subject=f"s{n // 8 * 8 + rng.randrange(5)}", groups=(f"conversation:{n // 2}",), text=_text(rng, n, copied))
        for n in range(count)
    ]  # fmt: skip
    pairs = [preference(n, groups=(f"campaign:{n // 4}",)) for n in range(count // 4)]
    answers = [rated(n, subject=rng.choice(people)) for n in range(count // 4)]
    folder = tmp_path / f"{seed}-{share}-{count}"
    try:
        first = frozen(examples, folder, preferences=pairs, rated=answers)
    except DataError as error:
        assume("hang together" not in str(error))
        raise
    gone = {person for person in people if rng.random() < share}
    kept = [one for one in examples if one.subject not in gone]
    try:
        second = frozen(
            kept, folder, previous=first, preferences=pairs, rated=[one for one in answers if one.subject not in gone]
        )
    except DataError as error:  # too little is left, or everybody held out is gone; nobody is moved to fill the gap
        assert any(why in str(error) for why in ("not enough", "no example is left for", "hang together"))
        return
    before, after = sides(first), sides(second)
    assert all(before[name] == split for name, split in after.items()) and second.facts().num_moved == 0


def _text(rng: random.Random, number: int, copied: list[str]) -> str:
    """Every third text holds a passage that several people share: sometimes boilerplate, sometimes a tie."""
    return f"{rng.choice(copied)} {words(number, 12)}" if number % 5 == 0 else words(number, 30)


def test_boilerplate_that_stops_being_common_moves_nobody(tmp_path: Path) -> None:
    copied = words("copied", 40)
    many = [example(n, subject=f"s{n}", text=f"{copied} {words(n, 10)}") for n in range(40)]
    rest = [example(100 + n, subject=f"t{n}") for n in range(200)]
    first = frozen([*many, *rest], tmp_path)
    before = sides(first)
    held = [e for e in many if before[f"example:{e.example_id}"] == "test"][:2]
    learnt = [e for e in many if before[f"example:{e.example_id}"] == "train"][:2]
    second = frozen([*held, *learnt, *rest], tmp_path, previous=first)
    assert all(before[name] == split for name, split in sides(second).items())
    anew = sides(frozen([*held, *learnt, *rest], tmp_path / "anew"))
    assert len({anew[f"example:{e.example_id}"] for e in [*held, *learnt]}) == 1


@pytest.mark.parametrize("tied", ["conversation", "campaign"])
def test_how_often_someone_moves_without_the_earlier_version(tied: str) -> None:
    """Components of up to six people: a conversation is redrawn only with the one person it hangs on, a campaign never."""
    moved = stayed = 0
    for seed in range(5):
        rng = random.Random(seed)
        examples = [
            example(n, subject=f"s{n}", groups=(f"{tied}:{n // 6}",), text=words(f"{seed}/{n}")) for n in range(480)
        ]
        before = _assigned(examples, key=str(seed))
        gone = set(rng.sample(range(480), 24))
        after = _assigned([e for n, e in enumerate(examples) if n not in gone], key=str(seed))
        moved += sum(before[name] != side for name, side in after.items())
        stayed += sum(before[name] == side for name, side in after.items())
    share = moved / (moved + stayed)
    assert share == 0 if tied == "campaign" else share < 0.03


def _assigned(examples: list, *, key: str) -> dict[str, str]:
    items = items_of(examples)
    found = components(items, by=SplitConfig().by, key=key)
    drawn = assign(found, items, split=SplitConfig(), key=key)
    return {items[member].name: drawn[c.key] for c in found for member in c.members}


def test_new_people_are_drawn_and_old_customers_bring_their_new_tickets_along(tmp_path: Path) -> None:
    first = frozen([example(n, subject=f"s{n}") for n in range(200)], tmp_path)
    later = [example(n, subject=f"s{n}") for n in range(300)]
    later += [example(1000 + n, subject=f"s{n}") for n in range(100)]
    second = frozen(later, tmp_path, previous=first)
    before, after = sides(first), sides(second)
    assert all(before[name] == after[name] for name in before)
    assert all(after[f"example:e{1000 + n:05d}"] == before[f"example:e{n:05d}"] for n in range(100))
    assert {after[f"example:e{n:05d}"] for n in range(200, 300)} == {"train", "validation", "test"}


def test_a_customer_whose_old_tickets_are_gone_is_still_known_by_token(tmp_path: Path) -> None:
    first = frozen([example(n, subject=f"s{n}") for n in range(300)], tmp_path)
    renewed = [example(n if n < 150 else 1000 + n, subject=f"s{n}") for n in range(300)]
    second = frozen(renewed, tmp_path, previous=first)
    before, after = sides(first), sides(second)
    assert all(after[f"example:e{1000 + n:05d}"] == before[f"example:e{n:05d}"] for n in range(150, 300))


def test_what_comes_to_hang_together_goes_where_it_was_seen_most(tmp_path: Path) -> None:
    examples = [example(n, subject=f"s{n}") for n in range(300)]
    first = frozen(examples, tmp_path)
    before = sides(first)
    by_side = {side: next(e for e in examples if before[f"example:{e.example_id}"] == side) for side in before.values()}
    tied = [
        msgspec.structs.replace(e, groups=("campaign:new",)) if e in (by_side["train"], by_side["test"]) else e
        for e in examples
    ]
    second = frozen(tied, tmp_path, previous=first)
    assert sides(second)[f"example:{by_side['test'].example_id}"] == "train"
    assert second.facts().num_moved == 1 and second.facts().previous == first.version
    assert "1 items had to change sides" in (second.directory / "README.md").read_text()


def test_another_split_starts_afresh(tmp_path: Path) -> None:
    examples = company(200)
    first = frozen(examples, tmp_path)
    second = frozen(examples, tmp_path, previous=first, split=SplitConfig(test=0.3))
    third = frozen(examples, tmp_path, previous=first, split=SplitConfig(earlier="ignore"))
    assert third == first
    assert second.facts().previous == "" and sum(second.counts["test"].values()) > 40


def test_history_knows_the_latest_and_survives_a_deleted_version(tmp_path: Path) -> None:
    assert latest(tmp_path) is None and versions(tmp_path) == []
    first = frozen(company(60), tmp_path)
    second = frozen(company(80), tmp_path, previous=first)
    assert latest(tmp_path) == second and versions(tmp_path) == [first, second]
    for path in sorted(second.directory.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    second.directory.rmdir()
    (tmp_path / ".half-written").mkdir()
    assert latest(tmp_path) == first and versions(tmp_path) == [first]
