"""Real tests and real purchases, read from their original files; skipped where those are not at hand."""

import hashlib
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from brandtune import profiles, sources
from brandtune.core.brand import Brand
from brandtune.core.examples import Preference
from brandtune.core.records import CampaignVariant, Purchase, Record
from brandtune.core.tasks import BrandQa, CampaignCopy, NextBestAction
from brandtune.curation import Curated, CurationConfig, GovernanceConfig, curate
from brandtune.curation.outcomes.noise import discounted, measured_noise
from brandtune.curation.outcomes.proportions import Rate, z_test
from brandtune.profiles import IdentityConfig
from brandtune.sources import JsonLinesSource, ParquetSource

FIELDS = {
    "campaign": "test_id", "audience": "eyecatcher_id", "subject_line": "headline", "body": "lede", "sends": "impressions",
}  # fmt: skip
TASK = CampaignCopy(channel="email_subject", outcome="click_rate")
NOT_PERSONAL = GovernanceConfig(lawful_basis="not_personal", assessment="public research data", pseudonymize=False)
STEPS = CurationConfig(steps=("clean",))


def curated(records: list[Record], tasks: list[object]) -> Curated:
    return curate(
        records, subjects=[], tasks=tasks, brand=Brand(name="Upworthy"), governance=NOT_PERSONAL, config=STEPS, key="k"
    )  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def headlines(shared_data: Path) -> list[Record]:
    """Headlines of real randomised tests; the picture is the slot, so pairs show one picture."""
    source = JsonLinesSource(path="upworthy/variants.jsonl", maps_to="campaign", fields=FIELDS)
    result = sources.read([source], base_dir=shared_data)
    assert len(result.records) > 5_000
    return result.records


@pytest.fixture(scope="module")
def learnt(headlines: list[Record]) -> Curated:
    return curated(headlines, [TASK])


def rate(record: Record) -> Rate:
    copy = record.payload
    assert isinstance(copy, CampaignVariant)
    return Rate(copy.clicks or 0, copy.sends or 1)


def test_noise_measured_on_one_half_of_the_tests_makes_the_other_half_honest(headlines: list[Record]) -> None:
    """Equal headlines under one picture are A/A tests: after the correction about 5 % of them may look different."""
    same: dict[bool, dict[tuple[str, ...], list[Rate]]] = {True: defaultdict(list), False: defaultdict(list)}
    for record in headlines:
        copy = record.payload
        assert isinstance(copy, CampaignVariant)
        side = int(hashlib.sha256(copy.campaign.encode()).hexdigest(), 16) % 2 == 0
        same[side][copy.campaign, copy.audience, copy.subject_line].append(rate(record))
    noise = measured_noise(same[True].values())
    pairs = [pair for rates in same[False].values() for pair in combinations(rates, 2)]
    naive = sum(z_test(*pair) < 0.05 for pair in pairs) / len(pairs)
    honest = sum(z_test(*(discounted(one, noise=noise) for one in pair)) < 0.05 for pair in pairs) / len(pairs)
    assert len(pairs) > 500
    assert naive > 0.10
    assert 0.03 < honest < 0.08


def test_pairs_come_from_one_test_and_one_picture_and_most_tests_are_too_small(
    headlines: list[Record], learnt: Curated
) -> None:
    by_id = {record.record_id: record.payload for record in headlines}
    assert 100 < len(learnt.preferences) < 0.2 * len(headlines)
    assert learnt.report.outcomes.left_out["ab_tests: underpowered"] > 3 * len(learnt.preferences)
    for pair in learnt.preferences:
        copies = [by_id[record_id] for record_id in pair.source_record_ids]
        assert len({(copy.campaign, copy.audience) for copy in copies}) == 1  # type: ignore[union-attr]
        assert pair.figures["noise"] > 1.5
        assert pair.figures["low"] > -1e-4


def test_sure_pairs_hold_under_another_picture(headlines: list[Record], learnt: Curated) -> None:
    """The same two headlines, shown with another picture to other visitors: the winner mostly wins again."""
    totals: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    pictures: dict[str, set[str]] = defaultdict(set)
    for record in headlines:
        copy = record.payload
        assert isinstance(copy, CampaignVariant)
        shown = totals[copy.campaign, copy.audience, copy.subject_line.strip()]
        shown[0] += copy.clicks or 0
        shown[1] += copy.sends or 0
        pictures[copy.campaign].add(copy.audience)

    def again(pair: Preference) -> list[bool]:
        campaign = pair.groups[0].removeprefix("campaign:")
        own = next(r.payload.audience for r in headlines if r.record_id == pair.source_record_ids[0])  # type: ignore[union-attr]
        found = []
        for other in pictures[campaign] - {own}:
            sides = [totals.get((campaign, other, text)) for text in (pair.chosen, pair.rejected)]
            if all(side and side[1] >= 500 for side in sides):
                found.append(sides[0][0] / sides[0][1] > sides[1][0] / sides[1][1])  # type: ignore[index]
        return found

    several = {campaign for campaign, shown in pictures.items() if len(shown) > 1}
    replayed = [
        won for pair in learnt.preferences if pair.groups[0].removeprefix("campaign:") in several for won in again(pair)
    ]
    assert len(replayed) >= 10
    assert sum(replayed) / len(replayed) > 0.8


def test_next_purchases_of_real_customers_hold_nothing_of_the_future(shared_data: Path) -> None:
    source = ParquetSource(
        path="uci_online_retail/online_retail_with_invoice_240k.parquet",
        maps_to="purchase",
        fields={"id": "InvoiceNo", "product": "Description", "subject": "CustomerID"},
    )
    read = sources.read([source], base_dir=shared_data, limit=25_000)
    linked = profiles.link(read.records, config=IdentityConfig(), purpose="model_training", key="k")
    popular = Counter(r.payload.product for r in linked.records if isinstance(r.payload, Purchase)).most_common(30)
    task = NextBestAction(learn="purchases", labels=tuple(product for product, _ in popular))
    made = curate(
        linked.records, subjects=linked.subjects, tasks=[task], brand=Brand(name="Shop"), governance=NOT_PERSONAL,
        config=STEPS, key="k",
    )  # fmt: skip
    assert len(made.kept) > 100
    when = {record.record_id: record.occurred_at for record in linked.records}
    whose = {record.record_id: record.subject for record in linked.records}
    for example in made.kept:
        bought, *known = example.source_record_ids
        assert all(when[other] < when[bought] for other in known)
        assert {whose[record_id] for record_id in example.source_record_ids} == {example.subject}
    funnel = {row.step: row for row in made.report.funnel}
    assert funnel["format"].entered - funnel["format"].left == sum(funnel["format"].reasons.values())


def test_real_questions_with_several_answers_are_told_apart_by_their_topic(shared_data: Path) -> None:
    source = JsonLinesSource(path="dstc9_faq/faq.jsonl", maps_to="faq", fields={"topic": "entity"})
    records = sources.read([source], base_dir=shared_data).records
    made = [example for record in records for example in BrandQa().examples(record, Brand(name="City Guide"))]
    assert len(made) > 12_000
    answers: dict[str, set[str]] = defaultdict(set)
    for example in made:
        answers[example.messages[1].content].add(example.reference)
    assert sum(len(given) > 1 for given in answers.values()) < 0.01 * len(answers)


def test_the_order_of_variants_does_not_matter(headlines: list[Record]) -> None:
    some = headlines[:400]
    found = [{(p.chosen, p.rejected) for p in curated(rows, [TASK]).preferences} for rows in (some, some[::-1])]
    assert found[0] == found[1]
    assert not any((b, a) in found[0] for a, b in found[0])
