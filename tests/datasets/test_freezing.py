"""Frozen versions: identity, files, splits without leaks, stability, and refusals."""

import json
import random
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brandtune.core.config import YamlDocument, validate
from brandtune.core.errors import ConfigError, DataError, EmptyDatasetError, NotFoundError
from brandtune.core.examples import Example, Message
from brandtune.datasets import DatasetVersion, LeakReport, SplitConfig, freeze, load
from brandtune.datasets.components import comparable, components
from brandtune.datasets.leaks import require_no_leaks
from brandtune.datasets.splitting import SPLITS, assign
from brandtune.scoring.similarity import jaccard, shingles

WORDS = [f"word{index}" for index in range(400)]


def example(
    number: int,
    *,
    subject: str | None = None,
    groups: tuple[str, ...] = (),
    text: str = "",
    task: str = "support_reply",
) -> Example:
    rng = random.Random(number)
    said = text or " ".join(rng.choice(WORDS) for _ in range(25))
    messages = (
        Message(role="system", content="You answer."),
        Message(role="user", content=f"question {said}"),
        Message(role="assistant", content=f"answer [CUSTOMER_NAME] {said}"),
    )
    return Example(
        example_id=f"e{number:05d}", task=task, messages=messages, target=2, subject=subject, groups=groups,
        source_record_ids=(f"r{number}",),
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
    examples: list[Example], directory: Path, *, key: str = "key", split: SplitConfig | None = None
) -> DatasetVersion:
    return freeze(examples, split=split or SplitConfig(), directory=directory, key=key, brand_name="Quill Books")


def test_everything_is_in_exactly_one_split_and_reads_back(tmp_path: Path) -> None:
    examples = company(400)
    version = frozen(examples, tmp_path)
    parts = {split: version.examples(split) for split in SPLITS}
    assert sorted((e for rows in parts.values() for e in rows), key=lambda e: e.example_id) == examples
    assert {s: sum(c.values()) for s, c in version.counts.items()} == {s: len(rows) for s, rows in parts.items()}
    assert 0.08 < len(parts["test"]) / 400 < 0.22 and 0.02 < len(parts["validation"]) / 400 < 0.09
    assert version.leak_report == LeakReport() and version.leak_report.clean
    assert load(version.directory) == version


def test_files(tmp_path: Path) -> None:
    version = frozen(company(100), tmp_path)
    names = {path.name for path in version.directory.iterdir()}
    assert names == {
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


def test_content_addressed(tmp_path: Path) -> None:
    examples = company(100)
    version = frozen(examples, tmp_path)
    before = {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in version.directory.iterdir()}
    again = frozen(list(reversed(examples)), tmp_path)
    assert again == version
    assert {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in version.directory.iterdir()} == before
    elsewhere = frozen(examples, tmp_path / "other")
    assert {p.name: p.read_bytes() for p in elsewhere.directory.iterdir()} == {
        name: content for name, (_, content) in before.items()
    }
    changed = [msgspec.structs.replace(examples[0], quality=0.5), *examples[1:]]
    assert frozen(changed, tmp_path).version != version.version
    assert frozen(examples, tmp_path, key="other").version != version.version


def test_erasing_a_person_moves_nobody_else(tmp_path: Path) -> None:
    examples = [example(n, subject=f"s{n // 3}", groups=(f"conversation:{n}",)) for n in range(600)]
    before = {e.example_id: split for split in SPLITS for e in frozen(examples, tmp_path).examples(split)}
    left = [e for e in examples if e.subject not in {"s7", "s100", "s150"}]
    after = {e.example_id: split for split in SPLITS for e in frozen(left, tmp_path).examples(split)}
    assert len(after) == 591 and all(before[name] == split for name, split in after.items())


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
    try:
        found = components(examples, by=SplitConfig().by)
    except DataError as error:
        assert "hang together" in str(error)
        return
    assigned = assign(found, examples, split=SplitConfig(), key=key)
    side = {member: assigned[c.key] for c in found for member in c.members}
    for one in range(len(examples)):
        for other in range(one):
            if ties[one][0] == ties[other][0] or ties[one][1] == ties[other][1]:
                assert side[one] == side[other]


def test_near_duplicates_stay_together_without_curation(tmp_path: Path) -> None:
    base = [example(n, subject=f"s{n}") for n in range(200)]
    twins = [example(1000 + n, text=base[n].messages[1].content.removeprefix("question ") + " more") for n in range(60)]
    version = frozen([*base, *twins], tmp_path)
    held_out = [shingles(comparable(e)) for e in [*version.examples("test"), *version.examples("validation")]]
    train = [shingles(comparable(e)) for e in version.examples("train")]
    assert max(jaccard(one, other) for one in held_out for other in train) < 0.8


def test_a_leak_is_refused_with_ids() -> None:
    one, other = (
        example(1, text="the very same words in both of these texts"),
        example(2, text="the very same words in both of these texts"),
    )
    with pytest.raises(DataError, match="e00001 and e00002"):
        require_no_leaks({"train": [one], "test": [other], "validation": []}, by=SplitConfig().by)
    one, other = example(1, subject="s1"), example(2, subject="s1")
    with pytest.raises(DataError, match="share 1 customers"):
        require_no_leaks({"train": [one], "test": [other], "validation": []}, by=SplitConfig().by)


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
        ("after: 2026-01-01", "not implemented yet"),
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
    assert len(components(examples, by=SplitConfig().by)) == 80
    assert frozen(examples, tmp_path).leak_report.clean


def test_a_large_component_trains(tmp_path: Path) -> None:
    for key in "abcdefghij":
        examples = [example(n, subject="big" if n < 40 else f"s{n}") for n in range(200)]
        version = frozen(examples, tmp_path, key=key)
        assert sum(e.subject == "big" for e in version.examples("train")) == 40
