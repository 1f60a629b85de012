"""The Croissant file through its reference implementation: valid, and the records can be read by it."""

import json
from collections import Counter
from pathlib import Path

import pytest
from frozen_examples import company, frozen, preference

from brandtune.datasets import Background, DatasetConfig, DatasetVersion, FunnelLine
from brandtune.datasets.version import file_fact

KNOWN = Background(
    run="r1", sources=("tickets", "campaigns"), lawful_basis="consent", purpose="model_training",
    consents={"granted": 90, "missing": 30}, pseudonymized=True, personal_data={"EMAIL": 12},
    residual_risk={"names_missed_per_1000": 0.4}, representativeness={"country": {"DE": {"customers": 0.6}}},
    funnel=(FunnelLine(step="consent", entered=150, left=120, reasons={"no consent": 30}),),
)  # fmt: skip


@pytest.fixture(scope="module")
def version(tmp_path_factory) -> DatasetVersion:
    terms = DatasetConfig(license="https://example.com/licence", prohibited_uses=("Credit decisions",))
    first = frozen(company(100), tmp_path_factory.mktemp("datasets"), background=KNOWN, terms=terms)
    return frozen(
        company(120), first.directory.parent, background=KNOWN, terms=terms, previous=first,
        preferences=[preference(n) for n in range(20)],
    )  # fmt: skip


def document(version: DatasetVersion) -> dict:
    return json.loads((version.directory / "croissant.json").read_text(encoding="utf-8"))


def test_the_reference_implementation_finds_no_error_and_no_warning(version: DatasetVersion) -> None:
    mlcroissant = pytest.importorskip("mlcroissant", reason="mlcroissant is not installed")
    loaded = mlcroissant.Dataset(jsonld=str(version.directory / "croissant.json"))
    assert not loaded.metadata.ctx.issues.errors and not loaded.metadata.ctx.issues.warnings
    found = Counter(row["examples/split"].decode() for row in loaded.records("examples"))
    assert found == {split: sum(tasks.values()) for split, tasks in version.counts.items()}
    assert {row["splits/url"] for row in loaded.records("splits")} == {
        "cr:TrainingSplit", "cr:ValidationSplit", "cr:TestSplit",
    }  # fmt: skip


def test_what_the_specification_requires_is_there(version: DatasetVersion) -> None:
    found = document(version)
    required = ("@context", "@type", "conformsTo", "name", "description", "license", "url", "creator", "datePublished")
    assert all(found[name] for name in required)
    assert "http://mlcommons.org/croissant/1.1" in found["conformsTo"]
    rai = ("dataCollection", "dataPreprocessingProtocol", "dataAnnotationProtocol", "personalSensitiveInformation",
           "dataBiases", "dataLimitations", "dataUseCases", "dataReleaseMaintenancePlan")  # fmt: skip
    assert all(found[f"rai:{name}"] for name in rai)
    assert {"@id": f"urn:brandtune:dataset:{version.facts().previous}"} in found["prov:wasDerivedFrom"]
    assert {"@id": "urn:brandtune:source:tickets"} in found["prov:wasDerivedFrom"]
    assert [rule["name"] for rule in found["usageInfo"]["odrl:prohibition"]] == ["Credit decisions"]


def test_every_data_file_is_listed_with_its_hash(version: DatasetVersion) -> None:
    listed = {entry["contentUrl"]: entry["sha256"] for entry in document(version)["distribution"]}
    paths = [path for path in version.directory.rglob("*") if path.is_file()]
    there = {p.relative_to(version.directory).as_posix(): file_fact(p).sha256 for p in paths}
    assert listed == {n: h for n, h in there.items() if n not in ("README.md", "croissant.json", "dataset.json")}


def test_the_card_says_what_is_known(version: DatasetVersion) -> None:
    card = (version.directory / "README.md").read_text(encoding="utf-8")
    for text in (
        "lawful basis: consent, purpose model_training", "granted 90, missing 30", "names_missed_per_1000 0.4",
        "country: (DE (customers 0.6))", "| consent | 150 | 120 | no consent 30 |", "20 preference pairs",
        "https://example.com/licence", "not for: Credit decisions", "division kept from version",
    ):  # fmt: skip
        assert text in card, text


def test_a_card_from_nothing_known_says_so(tmp_path: Path) -> None:
    card = (frozen(company(60), tmp_path).directory / "README.md").read_text(encoding="utf-8")
    assert "lawful basis: not stated" in card and "residual risk: not measured" in card
    assert "## Representativeness" not in card and "### Curation" not in card
