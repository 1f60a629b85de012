"""A version cannot be changed unseen, half-written ones do not count, a full disk leaves nothing; and lineage."""

import errno
import json
import os
from pathlib import Path

import msgspec
import pytest
from frozen_examples import company, example, frozen, preference, rated

from brandtune.core import storage
from brandtune.core.errors import BrandtuneError, DataError, EmptyDatasetError
from brandtune.core.ids import content_id, keyed_id
from brandtune.core.storage import read_jsonl, write_jsonl
from brandtune.datasets import Background, DatasetConfig, SplitConfig, compare, load, versions
from brandtune.datasets.sidecar import SidecarRow


@pytest.mark.parametrize("name", ["examples.jsonl", "sidecar.jsonl"])
def test_a_changed_file_is_refused_by_name(tmp_path: Path, name: str) -> None:
    version = frozen(company(60), tmp_path)
    path = version.directory / name
    path.write_bytes(path.read_bytes().replace(b"word1", b"word2").replace(b'"train"', b'"test"'))
    with pytest.raises(DataError, match=rf"{name}: the file was changed after it was frozen"):
        version.examples("train")
    with pytest.raises(DataError, match="never edited"):
        frozen(company(60), tmp_path)


def test_a_changed_training_file_is_found_by_verify(tmp_path: Path) -> None:
    version = frozen(company(60), tmp_path, preferences=[preference(n) for n in range(20)])
    version.verify()
    with (version.directory / "trl_preference" / "train.jsonl").open("a") as file:
        file.write("{}\n")
    with pytest.raises(DataError, match=r"trl_preference/train\.jsonl"):
        version.verify()


def test_a_missing_file_and_damaged_facts(tmp_path: Path) -> None:
    version = frozen(company(60), tmp_path)
    (version.directory / "examples.parquet").unlink()
    with pytest.raises(DataError, match="is missing"):
        version.verify()
    (version.directory / "dataset.json").write_text('{"version": 3}')
    with pytest.raises(DataError, match=r"dataset\.json: is not a dataset's facts"):
        load(version.directory)


def test_a_sidecar_swapped_together_with_its_hash_does_not_fit_the_versions_name(tmp_path: Path) -> None:
    version = frozen(company(60), tmp_path)
    rows = read_jsonl(version.directory / "sidecar.jsonl", SidecarRow)
    write_jsonl(
        version.directory / "sidecar.jsonl", [msgspec.structs.replace(rows[0], split="test"), *rows[1:]]
        if rows[0].split != "test" else [msgspec.structs.replace(rows[0], split="train"), *rows[1:]],
    )  # fmt: skip
    from brandtune.datasets.version import file_fact

    facts = json.loads((version.directory / "dataset.json").read_text())
    facts["files"]["sidecar.jsonl"] = msgspec.to_builtins(file_fact(version.directory / "sidecar.jsonl"))
    (version.directory / "dataset.json").write_text(json.dumps(facts))
    with pytest.raises(DataError, match="do not add up to version"):
        load(version.directory).examples("train")


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0
    real = storage.write_bytes

    def full(path: Path, data: bytes) -> None:
        nonlocal calls
        calls += 1
        if calls == 6:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(path, data)

    monkeypatch.setattr(storage, "write_bytes", full)
    with pytest.raises(BrandtuneError, match="the disk is full"):
        frozen(company(60), tmp_path)
    assert calls == 6 and not list(tmp_path.iterdir())
    monkeypatch.undo()
    assert frozen(company(60), tmp_path).leak_report.clean


def test_half_written_leftovers_are_not_versions(tmp_path: Path) -> None:
    version = frozen(company(60), tmp_path)
    killed = tmp_path / f".{version.version}.abc123"
    killed.mkdir()
    (killed / "train.jsonl").write_text("{")
    (killed / "dataset.json").write_text("{")
    (tmp_path / "0123456789abcdef").mkdir()
    assert versions(tmp_path) == [version] and frozen(company(60), tmp_path) == version


def test_ids_repeated_within_a_kind_are_refused_and_across_kinds_are_not(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="preference:p00001"):
        frozen(company(60), tmp_path, preferences=[preference(1), preference(1)])
    same = msgspec.structs.replace(preference(1), preference_id="e00001")
    assert frozen(company(60), tmp_path, preferences=[same]).facts().preferences


def test_a_part_that_would_be_empty_is_refused(tmp_path: Path) -> None:
    examples = [example(n, subject=f"s{n % 2}") for n in range(40)]
    with pytest.raises(EmptyDatasetError, match="no example is left for validation"):
        frozen(examples, tmp_path)
    assert frozen(examples, tmp_path, split=SplitConfig(validation=0)).leak_report.clean


def test_lineage_of_everything_and_no_raw_subject(tmp_path: Path) -> None:
    examples = [example(n, subject=f"person-{n}") for n in range(60)]
    answers = [rated(n, subject=f"person-{n}") for n in range(10)]
    version = frozen(
        examples, tmp_path, preferences=[preference(1)], rated=answers, consent={"person-3": "granted"},
        background=Background(lawful_basis="consent"),
    )  # fmt: skip
    rows = {row.name: row for row in version.sidecar()}
    assert len(rows) == 71 and {row.dataset_version for row in rows.values()} == {version.version}
    row = rows["example:e00003"]
    assert row.subject == keyed_id("key", "subject:person-3") == rows["rated:k00003"].subject
    assert row.consent == "consent: granted" and rows["example:e00004"].consent == "consent"
    assert row.source_record_ids == ("r3",) and row.personal_data == {"CUSTOMER_NAME": 1}
    assert row.content_sha256 == content_id(msgspec.to_builtins(examples[3]), length=64)
    assert rows["preference:p00001"].consent == "" and row.component_id == rows["rated:k00003"].component_id
    everything = b"".join(path.read_bytes() for path in version.directory.iterdir() if path.name in _OPEN)
    assert b"person-" not in everything


_OPEN = ("sidecar.jsonl", "README.md", "croissant.json", "dataset.json", "train.jsonl", "examples.parquet")


def test_preferences_and_rated_are_part_of_the_versions_identity(tmp_path: Path) -> None:
    plain = frozen(company(60), tmp_path)
    one = frozen(company(60), tmp_path, preferences=[preference(1)])
    other = frozen(company(60), tmp_path, preferences=[preference(1, confidence=0.9)])
    assert len({plain.version, one.version, other.version}) == 3
    assert [p.confidence for s in ("train", "validation", "test") for p in other.preferences(s)] == [0.9]


def test_differences_between_versions(tmp_path: Path) -> None:
    examples = company(100)
    before = frozen(examples, tmp_path)
    changed = msgspec.structs.replace(examples[1], quality=0.25)
    after = frozen([changed, *examples[2:], example(500)], tmp_path, previous=before)
    found = compare(before, after)
    assert found.removed == ("example:e00000",) and found.added == ("example:e00500",)
    assert found.changed == ("example:e00001",) and found.moved == ()
    fresh = frozen(examples, tmp_path, key="another")
    moved = compare(before, fresh).moved
    assert moved and all(old != new for _, old, new in moved)


def test_new_terms_rewrite_the_documents_and_no_data(tmp_path: Path) -> None:
    version = frozen(company(60), tmp_path)
    before = {path.name: path.stat().st_mtime_ns for path in version.directory.iterdir() if path.is_file()}
    assert frozen(company(60), tmp_path, terms=DatasetConfig(license="CC-BY-4.0")) == version
    card = (version.directory / "README.md").read_text()
    assert "licence: CC-BY-4.0" in card and "CC-BY-4.0" in (version.directory / "croissant.json").read_text()
    after = {path.name: path.stat().st_mtime_ns for path in version.directory.iterdir() if path.is_file()}
    assert {name for name in before if before[name] != after[name]} == {"README.md", "croissant.json", "dataset.json"}
    version.verify()
