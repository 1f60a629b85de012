"""Whose data may be used: each basis, each consent status, and the sentences for impossible combinations."""

from datetime import datetime, timedelta

import pytest
from bookshop import GOOD, Curate, balanced, record, talk

from brandtune.core.config import YamlDocument, validate
from brandtune.core.errors import ConfigError
from brandtune.core.records import Product, Record
from brandtune.core.tasks import ProductDescription, SupportReply
from brandtune.curation import CurationConfig, GovernanceConfig

WHO = ("ana", "zoe", "kim", None, "stranger")


def everyone() -> list[Record]:
    return [
        record(
            talk(f"Can I return book number {i} that I bought?", GOOD.format(name="you")),
            subject=who,
            record_id=f"r{i}",
        )
        for i, who in enumerate(WHO)
    ]


@pytest.mark.parametrize(
    ("governance", "kept"),
    [
        (GovernanceConfig(), {"ana"}),
        (
            GovernanceConfig(lawful_basis="legitimate_interest", assessment="LIA-1"),
            {"ana", "kim", None, "stranger"},
        ),
        (GovernanceConfig(lawful_basis="legitimate_interest", on_missing="exclude", assessment="LIA-1"), {"ana"}),
        (GovernanceConfig(lawful_basis="not_personal", assessment="J. Meyer"), {"ana", "kim", None, "stranger"}),
    ],
)
def test_who_is_kept(run: Curate, governance: GovernanceConfig, kept: set[str | None]) -> None:
    curated = run(everyone(), governance=governance, config=CurationConfig(steps=("consent", "personal_data")))
    balanced(curated)
    assert {example.subject for example in curated.kept} == kept


def test_reasons_are_exact_and_nothing_is_quoted(run: Curate) -> None:
    dropped = {row.id: row for row in run(everyone()).dropped}
    assert {name: dropped[name].reason for name in ("r1", "r2", "r3", "r4")} == {
        "r1": "no consent: denied",
        "r2": "no consent: never asked",
        "r3": "no consent: no person linked",
        "r4": "no consent: no person linked",
    }
    assert all(row.excerpt == "" and row.step == "consent" for row in dropped.values())


def test_catalogues_are_about_nobody(run: Curate) -> None:
    product = Product(
        handle="atlas",
        title="Atlas",
        attributes={"pages": "320"},
        description="A book of maps for people who get lost.",
    )
    curated = run([record(product, subject=None)], tasks=[ProductDescription()])
    assert len(curated.kept) == 1


def test_retention_counts_back_from_the_newest(run: Curate) -> None:
    newest = datetime(2026, 5, 1)
    rows = [
        record(talk("May I return the atlas?", GOOD.format(name="Ana")), record_id="new", occurred_at=newest),
        record(
            talk("Do you gift wrap the novels?", "Yes, every book, for free."),
            record_id="old",
            occurred_at=newest - timedelta(days=90),
        ),
        record(talk("Is the signed copy still there?", "One copy is left, shall I hold it?"), record_id="undated"),
    ]
    curated = run(rows, governance=GovernanceConfig(retention_days=60))
    balanced(curated)
    assert [(row.id, row.reason) for row in curated.dropped] == [("old", "past the retention period")]
    assert any("1 records carry no date" in note for note in curated.report.notes)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("on_missing: include", "silence is not consent"),
        ("lawful_basis: legitimate_interest", "assessment: LIA"),
        ("lawful_basis: not_personal", "assessment: confirmed by"),
        ("retention_days: 0", "must be 1 or more"),
        ("lawful_bases: consent", "Did you mean `lawful_basis`?"),
    ],
)
def test_impossible_governance_says_what_to_write(text: str, says: str) -> None:
    with pytest.raises(ConfigError) as error:
        validate(GovernanceConfig, YamlDocument(text, name="brandtune.yaml"))
    assert says in str(error.value)


def test_steps_that_governance_needs_cannot_be_left_out(run: Curate) -> None:
    with pytest.raises(ConfigError, match="consent"):
        run(everyone(), config=CurationConfig(steps=("personal_data",)))
    with pytest.raises(ConfigError, match="pseudonymize"):
        run(everyone(), config=CurationConfig(steps=("consent",)))


def test_an_unknown_step_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="Did you mean `near_duplicates`"):
        validate(CurationConfig, YamlDocument("steps: [near_duplicate]", name="brandtune.yaml"))


def test_no_pseudonyms_is_said_aloud_and_excerpts_stay_pseudonymous(run: Curate) -> None:
    rows = [record(talk("I am Ana Lopez, can I return it?", "Hi Ana, kindly write to ana@mail.example."))]
    governance = GovernanceConfig(pseudonymize=False)
    curated = run(rows, governance=governance, config=CurationConfig(steps=("consent",)), tasks=[SupportReply()])
    assert "Ana" in curated.kept[0].reference and "`governance.pseudonymize` is false" in curated.report.notes[0]
    curated = run(rows, governance=governance)
    assert curated.dropped[0].reason == "off-brand" and "Ana" not in curated.dropped[0].excerpt
    assert "ana@mail.example" not in curated.dropped[0].excerpt
