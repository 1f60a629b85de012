"""Every kind of leak is found and named, across tasks and kinds; and freezing leaves none."""

import random
from pathlib import Path

import pytest
from frozen_examples import company, example, frozen, preference, rated, words

from brandtune.core.errors import DataError
from brandtune.datasets import SplitConfig
from brandtune.datasets.items import items_of, views
from brandtune.datasets.leaks import require_no_leaks
from brandtune.datasets.splitting import SPLITS
from brandtune.scoring.similarity import jaccard, shingles

SAID = words("said", 30)


def leak(*contents: object, by: tuple = SplitConfig().by) -> str:
    """What is said when the contents stand on different sides."""
    kinds = {"Example": [], "Preference": [], "Rated": []}
    for content in contents:
        kinds[type(content).__name__].append(content)
    items = items_of(kinds["Example"], kinds["Preference"], kinds["Rated"])
    with pytest.raises(DataError) as error:
        require_no_leaks(items, list(SPLITS[: len(items)]), by=by)
    return str(error.value)


def test_the_same_text() -> None:
    assert "e00001 and e00002" in leak(example(1, text=SAID), example(2, text=SAID.upper()))


def test_nearly_the_same_text_in_another_task() -> None:
    said = leak(example(1, text=SAID), example(2, text=SAID + " indeed", task="campaign_copy"))
    assert "1 pairs of texts" in said and "e00001 and e00002" in said


def test_a_customer_a_conversation_a_template_and_a_record() -> None:
    said = leak(example(1, subject="s1"), example(2, subject="s1"))
    assert "share 1 customers" in said and "e00001 and e00002" in said and "s1" not in said
    for group in ("conversation:7", "campaign:7"):
        assert "1 groups" in leak(example(1, groups=(group,)), example(2, groups=(group,)))
    assert "1 groups" in leak(preference(1), example(2).__class__(
        example_id="e2", task="t", messages=example(2).messages, target=2, source_record_ids=("ra1",)))  # fmt: skip


def test_a_preference_and_a_rated_answer_against_an_example() -> None:
    assert "e00001 and p00001" in leak(example(1, text=f"brief {SAID}"), preference(1, text=SAID))
    assert "e00001 and k00001" in leak(example(1, text=SAID), rated(1, text=f"before all that {SAID}"))


def test_a_copied_passage_in_a_long_text() -> None:
    long = f"{words('before', 120)} {SAID} {words('after', 120)}"
    assert "1 pairs of texts" in leak(example(1, text=SAID), example(2, text=long))


def test_texts_are_compared_whatever_ties() -> None:
    assert "e00001 and e00002" in leak(example(1, text=SAID), example(2, text=SAID), by=("subject",))


def test_different_texts_are_no_leak() -> None:
    items = items_of([example(1), example(2)], [preference(3)], [rated(4)])
    assert require_no_leaks(items, ["train", "test", "train", "validation"], by=SplitConfig().by).clean


def test_freezing_mixed_kinds_leaves_nothing_on_two_sides(tmp_path: Path) -> None:
    rng = random.Random(5)
    examples = company(240)
    pairs = [preference(n, text=examples[n].messages[1].content if n % 3 == 0 else "") for n in range(80)]
    answers = [rated(n, subject=f"s{rng.randrange(240)}", good=n % 2 == 0) for n in range(80)]
    version = frozen(examples, tmp_path, preferences=pairs, rated=answers)
    assert sum(len(version.preferences(split)) for split in SPLITS) == 80
    assert sum(len(version.rated(split)) for split in SPLITS) == 80
    parts = {split: version.part(split) for split in SPLITS}
    people = [{one.subject for one in [*p.examples, *p.rated] if one.subject} for p in parts.values()]
    assert not (people[0] & people[1] or people[0] & people[2] or people[1] & people[2])
    held = [shingles(view) for e in parts["test"].examples for view in views(e)]
    learnt = [shingles(view) for p in parts["train"].preferences for view in views(p)]
    assert max(jaccard(one, other) for one in held for other in learnt) < 0.8
