"""Quality, balance, languages and contradicting answers, on hand-made sets."""

import random

import numpy as np
import pytest
from bookshop import Curate, balanced, record, talk

from brandtune.core.records import Product, Record
from brandtune.core.tasks import ProductDescription, SupportReply
from brandtune.curation import CurationConfig
from brandtune.curation.consistency import oddness
from brandtune.curation.steps.balance import BalanceConfig, allowance
from brandtune.curation.steps.contradictions import statements
from brandtune.curation.steps.language import LanguageConfig, main_languages
from brandtune.curation.steps.per_customer import PerCustomerConfig
from brandtune.curation.steps.quality import QualityConfig

NOUNS = ["book", "atlas", "novel", "poem", "map", "diary", "comic", "letter", "guide", "story"]
PLACES = ["shelf", "table", "window", "cellar", "attic", "counter", "corner", "basket", "drawer", "trolley"]
VERBS = ["waits", "rests", "lies", "stands", "hides", "sits", "sleeps", "lives", "shines", "stays"]
NO_CAP = PerCustomerConfig(max_examples=10_000)


def house_text(rng: random.Random) -> str:
    noun, place, verb, other = (rng.choice(words) for words in (NOUNS, PLACES, VERBS, NOUNS))
    return f"Your {noun} {verb} on the {place} by the door, and the {other} next to it is yours as well, if you like."


def answers(num: int, *, seed: int = 1, **more: float) -> list[Record]:
    rng = random.Random(seed)
    return [
        record(
            talk(f"Where is the {rng.choice(NOUNS)} {rng.random()}?", house_text(rng), **more), record_id=f"h{seed}.{i}"
        )
        for i in range(num)
    ]


def test_oddness_tells_an_outlier_and_leaves_the_house_alone() -> None:
    rng = random.Random(3)
    house = [house_text(rng) for _ in range(200)]
    strange = ["BUY NOW!!! 99% OFF $$$ 1234567890 CLICK CLICK CLICK!!!", "qzx vjk wpf zzgh bxv kqj " * 5]
    found = oddness([*house, *strange])
    assert np.quantile(found[:200], 0.95) < 4 and found[200:].min() > 8
    assert oddness(house[:10]).tolist() == [0.0] * 10 and oddness([]).tolist() == []


def test_oddness_does_not_depend_on_order() -> None:
    rng = random.Random(5)
    texts = [house_text(rng) for _ in range(80)]
    assert np.allclose(oddness(texts)[::-1], oddness(texts[::-1]))


def test_the_odd_and_the_bad_go_and_the_score_is_carried(run: Curate) -> None:
    rows = [
        *answers(80),
        record(talk("Where is it now, please?", "!!! 404 ### NULL NULL 0x00 %%% @@ ERR_77 !!!"), record_id="odd"),
    ]
    config = CurationConfig(per_customer=NO_CAP)
    curated = run(rows, config=config)
    balanced(curated)
    (gone,) = (row for row in curated.dropped if row.step == "quality")
    assert gone.reason == "unlike the brand's other texts" and "robust standard deviations" in gone.detail
    off = CurationConfig(per_customer=NO_CAP, quality=QualityConfig(max_oddness=None))
    assert not any(row.step == "quality" for row in run(rows, config=off).dropped)
    strict = CurationConfig(per_customer=NO_CAP, quality=QualityConfig(min_score=0.99))
    assert {row.reason for row in run(answers(60, csat=0.6), config=strict).dropped} >= {"low quality"}


def test_keep_share_keeps_the_best(run: Curate) -> None:
    rows = [*answers(60, seed=1, csat=1.0), *answers(60, seed=2, csat=0.6)]
    curated = run(rows, config=CurationConfig(per_customer=NO_CAP, quality=QualityConfig(keep_share=0.5)))
    gone = [row for row in curated.dropped if row.step == "quality"]
    assert len(gone) == 60 and {row.reason for row in gone} == {"not among the best"}
    assert {example.source_record_ids[0][:2] for example in curated.kept} == {"h1"}


def test_one_task_may_not_drown_the_other(run: Curate) -> None:
    rows = [*answers(90)]
    rng = random.Random(9)
    rows += [
        record(
            Product(
                handle=f"p{i}",
                title=f"{rng.choice(NOUNS)} {i}",
                description=f"{house_text(rng)} No {i}.",
                type="book",
                attributes={"pages": str(100 + i), "binding": "cloth"},
            ),
            subject=None,
            record_id=f"p{i}",
        )
        for i in range(30)
    ]
    tasks = [SupportReply(), ProductDescription()]
    config = CurationConfig(per_customer=NO_CAP, balance=BalanceConfig(max_task_share=0.6))
    free = run(rows, tasks=tasks, config=CurationConfig(per_customer=NO_CAP)).report.by_task
    held = run(rows, tasks=tasks, config=config)
    balanced(held)
    assert held.report.by_task["product_description"] == free["product_description"]
    assert held.report.by_task["support_reply"] <= 0.6 * sum(held.report.by_task.values()) < free["support_reply"]
    assert {row.reason for row in held.dropped if row.step == "balance"} == {"over the task's share"}


@pytest.mark.parametrize(("share", "left"), [(0.5, 100), (0.9, 900), (1.0, 900), (0.01, 20)])
def test_allowance(share: float, left: int) -> None:
    assert allowance({"a": 900, "b": 100}, "a", share) == left


def test_languages_by_default_are_the_main_ones(run: Curate) -> None:
    assert main_languages(["en"] * 96 + ["fr"] * 4, min_share=0.05) == {"en"}
    assert main_languages(["en"] * 90 + ["fr"] * 10 + [""] * 500, min_share=0.05) == {"en", "fr"}
    assert (
        main_languages(["en", "fr"], min_share=0.05) == {"en", "fr"} and main_languages([], min_share=1) == frozenset()
    )
    german = talk(
        "Ich habe das Paket noch nicht bekommen und möchte gern wissen wo es ist, können Sie mir das sagen?",
        "Das Paket ist auf dem Weg zu Ihnen und wird morgen mit der Post kommen, es tut uns leid.",
    )
    rows = [*answers(60), record(german, record_id="de")]
    config = CurationConfig(per_customer=NO_CAP, quality=QualityConfig(max_oddness=None))
    assert [(r.id != "", r.reason, r.detail) for r in run(rows, config=config).dropped] == [
        (True, "other language", "de")
    ]
    both = CurationConfig(
        per_customer=NO_CAP, quality=QualityConfig(max_oddness=None), language=LanguageConfig(keep=("en", "de"))
    )
    assert run(rows, config=both).dropped == []


def asked(answers_: list[str]) -> list[Record]:
    question = "How long does gift wrapping take at the shop?"
    return [record(talk(question, text), record_id=f"q{i}") for i, text in enumerate(answers_)]


def test_an_answer_alone_with_its_number_goes(run: Curate) -> None:
    says = [f"Hello number {word}. Gift wrapping takes {days} hours at the till." for word, days in
            [("one", 2), ("two", 2), ("three", 2), ("four", 9)]]  # fmt: skip
    curated = run(asked(says))
    balanced(curated)
    (gone,) = (row for row in curated.dropped if row.step == "contradictions")
    assert gone.reason == "contradicts other answers" and "9 hours" in gone.excerpt and "3 of 4" in gone.detail


def test_where_nobody_can_tell_who_is_right_all_stay(run: Curate) -> None:
    split = [
        f"Hello number {w}. Gift wrapping takes {d} hours at the till."
        for w, d in zip("abcd", (2, 2, 9, 9), strict=True)
    ]
    differ = ["It takes 2 hours.", "Usually 3 hours by hand.", "We need about 9 hours for that."]
    for says in (split, differ, split[:2]):
        assert not any(row.step == "contradictions" for row in run(asked(says)).dropped)


def test_statements_leave_cases_alone() -> None:
    assert list(statements("Order [ORDER_ID] takes 2 days to arrive. Yes, 3.")) == []


def test_another_language_is_not_odd_by_itself(run: Curate) -> None:
    german = "Das Buch ist auf dem Weg zu Ihnen und wird morgen mit der Post kommen, es liegt nicht mehr in dem Laden."
    rows = [
        *answers(90),
        *(record(talk(f"Where is book {i}?", f"{german} Nr. {i}."), record_id=f"de{i}") for i in range(6)),
    ]
    config = CurationConfig(per_customer=NO_CAP, steps=("consent", "personal_data", "quality"))
    assert not any(row.id for row in run(rows, config=config).dropped)
