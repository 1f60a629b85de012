"""Frozen versions: identity, files, splits without leaks, stability, and refusals."""

import json
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest
from frozen_examples import WORDS, company, example, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brandtune.core.config import YamlDocument, validate
from brandtune.core.errors import ConfigError, DataError, EmptyDatasetError, NotFoundError
from brandtune.core.examples import Message
from brandtune.datasets import SplitConfig, load
from brandtune.datasets.components import components
from brandtune.datasets.items import items_of, views
from brandtune.datasets.splitting import SPLITS, assign
from brandtune.scoring.similarity import jaccard, shingles


def test_everything_is_in_exactly_one_split_and_reads_back(tmp_path: Path) -> None:
    examples = company(400)
    version = frozen(examples, tmp_path)
    parts = {split: version.examples(split) for split in SPLITS}
    assert sorted((e for rows in parts.values() for e in rows), key=lambda e: e.example_id) == examples
    assert {s: sum(c.values()) for s, c in version.counts.items()} == {s: len(rows) for s, rows in parts.items()}
    assert 0.08 < len(parts["test"]) / 400 < 0.22 and 0.02 < len(parts["validation"]) / 400 < 0.09
    assert version.leak_report.clean and version.facts().num_examples == 400
    assert load(version.directory) == version


def test_files(tmp_path: Path) -> None:
    version = frozen(company(100), tmp_path)
    names = {path.name for path in version.directory.iterdir()}
    assert names == {
        "trl_prompt_completion",
        "croissant.json",
        "train.jsonl",
        "validation.jsonl",
        "test.jsonl",
        "examples.parquet",
        "examples.jsonl",
        "sidecar.jsonl",
        "dataset.json",
        "README.md",
    }
    first = json.loads((version.directory / "train.jsonl").read_text().splitlines()[0])
    assert set(first) == {"messages"} and [m["role"] for m in first["messages"]] == ["system", "user", "assistant"]
    table = pq.read_table(version.directory / "examples.parquet")
    assert table.num_rows == 100 and set(table["split"].to_pylist()) == set(SPLITS)
    sidecar = [json.loads(line) for line in (version.directory / "sidecar.jsonl").read_text().splitlines()]
    assert len(sidecar) == 100 and not any(
        row["subject"].startswith("s") and len(row["subject"]) < 16 for row in sidecar
    )
    card = (version.directory / "README.md").read_text()
    assert card.startswith("---\n") and "## Personal and sensitive information" in card and "CUSTOMER_NAME 100" in card


def contents(directory: Path) -> dict[str, tuple[int, bytes]]:
    """Path within the version -> (time of writing, bytes)."""
    paths = [path for path in directory.rglob("*") if path.is_file()]
    return {path.relative_to(directory).as_posix(): (path.stat().st_mtime_ns, path.read_bytes()) for path in paths}


def test_content_addressed(tmp_path: Path) -> None:
    examples = company(100)
    version = frozen(examples, tmp_path)
    before = contents(version.directory)
    again = frozen(list(reversed(examples)), tmp_path)
    assert again == version
    assert contents(version.directory) == before
    elsewhere = frozen(examples, tmp_path / "other")
    assert {name: data for name, (_, data) in contents(elsewhere.directory).items()} == {
        name: data for name, (_, data) in before.items()
    }
    changed = [msgspec.structs.replace(examples[0], quality=0.5), *examples[1:]]
    assert frozen(changed, tmp_path).version != version.version
    assert frozen(examples, tmp_path, key="other").version != version.version


@pytest.mark.parametrize("count", [20, 25, 40, 59])
def test_little_data_still_gets_three_parts_for_each_task(tmp_path: Path, count: int) -> None:
    examples = [example(n, subject=f"s{n}", task=task) for n, task in enumerate(["a"] * count + ["b"] * count)]
    version = frozen(examples, tmp_path)
    for task in ("a", "b"):
        assert 0.08 <= version.counts["test"][task] / count <= 0.22
        assert version.counts["validation"][task] >= 1 and version.counts["train"][task] > count / 2


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 60)), min_size=20, max_size=120), st.text(max_size=5))
def test_no_tie_is_ever_cut(tmp_path: Path, ties: list[tuple[int, int]], key: str) -> None:
    examples = [example(n, subject=f"s{s}", groups=(f"campaign:{g}",)) for n, (s, g) in enumerate(ties)]
    items = items_of(examples)
    try:
        found = components(items, by=SplitConfig().by, key=key)
    except DataError as error:
        assert "hang together" in str(error)
        return
    assigned = assign(found, items, split=SplitConfig(), key=key)
    side = {member: assigned[c.key] for c in found for member in c.members}
    for one in range(len(examples)):
        for other in range(one):
            if ties[one][0] == ties[other][0] or ties[one][1] == ties[other][1]:
                assert side[one] == side[other]


def test_near_duplicates_stay_together_without_curation(tmp_path: Path) -> None:
    base = [example(n, subject=f"s{n}") for n in range(200)]
    twins = [example(1000 + n, text=base[n].messages[1].content.removeprefix("question ") + " more") for n in range(60)]
    version = frozen([*base, *twins], tmp_path)
    held_out = [shingles(v) for e in [*version.examples("test"), *version.examples("validation")] for v in views(e)]
    train = [shingles(view) for e in version.examples("train") for view in views(e)]
    assert max(jaccard(one, other) for one in held_out for other in train) < 0.8


def test_ties_left_out_show_as_leaks(tmp_path: Path) -> None:
    twins = [example(n, text=" ".join(WORDS[n % 50 : n % 50 + 20])) for n in range(200)]
    with pytest.raises(DataError, match="pairs of texts"):
        frozen(twins, tmp_path, split=SplitConfig(by=("subject",)))
    assert not list(tmp_path.iterdir())


def test_one_giant_component_names_its_tie(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"30 of 50 examples hang together.*one customer \(30 examples\)"):
        frozen([example(n, subject="s" if n < 30 else f"s{n}") for n in range(50)], tmp_path)


def test_too_little_and_nothing(tmp_path: Path) -> None:
    with pytest.raises(EmptyDatasetError, match="no examples"):
        frozen([], tmp_path)
    with pytest.raises(EmptyDatasetError, match="5 examples are not enough: need at least 20"):
        frozen(company(5), tmp_path)
    with pytest.raises(DataError, match="used more than once"):
        frozen([example(1)] * 30, tmp_path)
    with pytest.raises(NotFoundError):
        load(tmp_path / "absent")


def test_settings_that_cannot_be() -> None:
    for text, says in [
        ("after: soon", "after"),
        ("{test: 0.6, validation: 0.5}", "nothing to train on"),
        ("tests: 0.1", "Did you mean `test`"),
    ]:
        with pytest.raises(ConfigError, match=says):
            validate(SplitConfig, YamlDocument(text, name="brandtune.yaml"))


def test_odd_text_survives(tmp_path: Path) -> None:
    odd = ["😀👩‍👩‍👧", "שלום", "\u2028 line", '"quotes" \\ back', "\x7f"]
    examples = [*company(60), *(example(900 + n, text=text + str(n)) for n, text in enumerate(odd))]
    version = frozen(examples, tmp_path)
    back = {e.example_id: e for split in SPLITS for e in version.examples(split)}
    assert all(back[e.example_id] == e for e in examples)


def test_labels_compare_their_texts_only(tmp_path: Path) -> None:
    examples = [
        msgspec.structs.replace(
            example(n), label="late", messages=(*example(n).messages[:2], Message(role="assistant", content="late"))
        )
        for n in range(80)
    ]
    assert len(components(items_of(examples), by=SplitConfig().by, key="k")) == 80
    assert frozen(examples, tmp_path).leak_report.clean


def test_a_large_component_trains(tmp_path: Path) -> None:
    for key in "abcdefghij":
        examples = [example(n, subject="big" if n < 40 else f"s{n}") for n in range(200)]
        version = frozen(examples, tmp_path, key=key)
        assert sum(e.subject == "big" for e in version.examples("train")) == 40


def test_the_others_make_up_for_what_always_trains(tmp_path: Path) -> None:
    """A component of a third always trains; the asked share of all examples is held out nevertheless."""
    held_out = []
    for key in "abcdefghij":
        examples = [example(n, subject="big" if n < 200 else f"s{n}") for n in range(600)]
        held_out.append(len(frozen(examples, tmp_path, key=key).examples("test")) / 600)
    assert 0.13 < sum(held_out) / len(held_out) < 0.17
