"""The files of a version against the formats' own definitions, and through the loaders where they are installed."""

import json
from pathlib import Path

import pytest
from frozen_examples import company, example, frozen, preference, rated

from brandtune.core.examples import Message
from brandtune.datasets import FORMATS, SPLITS, DatasetVersion, rows
from brandtune.datasets.formats import Part, file_of


@pytest.fixture(scope="module")
def version(tmp_path_factory) -> DatasetVersion:
    pairs = [preference(n) for n in range(60)]
    answers = [rated(n, good=n % 3 > 0) for n in range(60)]
    return frozen(company(120), tmp_path_factory.mktemp("datasets"), preferences=pairs, rated=answers)


def lines(version: DatasetVersion, format: str, split: str) -> list[dict]:
    text = (version.directory / file_of(format, split)).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def is_chat(messages: object, *, last: str) -> bool:
    return (
        isinstance(messages, list)
        and all(set(m) == {"role", "content"} and isinstance(m["content"], str) for m in messages)
        and all(m["role"] in ("system", "user", "assistant") for m in messages)
        and messages[-1]["role"] == last
    )


@pytest.mark.parametrize("split", SPLITS)
def test_every_format_is_as_its_definition_says(version: DatasetVersion, split: str) -> None:
    for line in lines(version, "openai_chat", split):
        assert set(line) == {"messages"} and is_chat(line["messages"], last="assistant")
    for line in lines(version, "openai_preference", split):
        assert set(line) == {"input", "preferred_output", "non_preferred_output"}
        assert line["input"] | {"messages": []} == {"messages": [], "tools": [], "parallel_tool_calls": True}
        assert is_chat(line["input"]["messages"], last="user")
        for name in ("preferred_output", "non_preferred_output"):
            assert len(line[name]) == 1 and is_chat(line[name], last="assistant")
    for line in lines(version, "trl_prompt_completion", split):
        assert set(line) == {"prompt", "completion"} and len(line["completion"]) == 1
        assert is_chat(line["prompt"], last="user") and is_chat(line["completion"], last="assistant")
    for line in lines(version, "trl_preference", split):
        assert set(line) == {"prompt", "chosen", "rejected"} and line["chosen"] != line["rejected"]
        assert is_chat(line["prompt"], last="user") and is_chat(line["chosen"], last="assistant")
    for line in lines(version, "trl_kto", split):
        assert set(line) == {"prompt", "completion", "label"} and isinstance(line["label"], bool)
        assert is_chat(line["prompt"], last="user") and is_chat(line["completion"], last="assistant")


def test_the_files_hold_the_split_and_nothing_else(version: DatasetVersion) -> None:
    for split in SPLITS:
        assert len(lines(version, "openai_chat", split)) == len(version.examples(split))
        assert len(lines(version, "trl_preference", split)) == len(version.preferences(split))
        assert [line["label"] for line in lines(version, "trl_kto", split)] == [r.good for r in version.rated(split)]


def test_every_assistant_turn_is_learnt_once() -> None:
    turns = [("system", "s"), ("user", "u1"), ("assistant", "a1"), ("user", "u2"), ("assistant", "a2")]
    messages = tuple(Message(role=role, content=text) for role, text in turns)
    one = example(1).__class__(example_id="e", task="t", messages=messages, target=4)
    found = list(rows(Part([one]), format="trl_prompt_completion"))
    assert [line["completion"][0]["content"] for line in found] == ["a1", "a2"]
    assert [len(line["prompt"]) for line in found] == [2, 4]


def test_what_there_is_none_of_gets_no_file(tmp_path: Path) -> None:
    version = frozen(company(60), tmp_path)
    assert not (version.directory / "trl_kto").exists() and not (version.directory / "preferences.jsonl").exists()
    assert "trl_kto" not in (version.directory / "README.md").read_text()
    assert version.preferences("train") == [] and version.rated("train") == []


@pytest.mark.parametrize("format", FORMATS)
def test_the_datasets_library_loads_it_by_the_cards_configuration(
    version: DatasetVersion, format: str, tmp_path
) -> None:
    datasets = pytest.importorskip("datasets", reason="the `datasets` library is not installed")
    loaded = datasets.load_dataset(str(version.directory), format, cache_dir=str(tmp_path))
    counts = {split: sum(1 for _ in lines(version, format, split)) for split in loaded}
    assert counts == {split: len(part) for split, part in loaded.items()} and counts["train"] > 0
