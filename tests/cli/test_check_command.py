"""`brandtune check`: everything before training, in words and as one JSON document; and sources that cannot be read."""

import io
import json
import os
from pathlib import Path

import pytest
from rich.console import Console
from small_company import write_company

from brandtune.cli import check
from brandtune.cli import run as cli
from brandtune.training.preview import Piece, Shown
from brandtune.workflows.checking import LaterPhase

LIMIT = ["--set", "training.max_tokens=72"]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    os.environ["BRANDTUNE_KEY"] = "test"
    path = write_company(tmp_path_factory.mktemp("company"), count=160)
    with (path.parent / "conversations.csv").open("a", encoding="utf-8", newline="") as file:
        file.write('t900,c900,"Where is my lamp?","Dear friend, great news! It left us. Yours, the House."\r\n')
    return path


def test_the_document_holds_everything(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(["check", "--config", str(config), "--json", *LIMIT]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [source["name"] for source in found["sources"]] == ["conversations"]
    assert found["files"][0]["num_records"] == 161
    rules = next(row for row in found["dropped"] if row["step"] == "rules")
    assert rules["count"] == 1 and rules["places"] == ["conversations.csv:162"]
    training, kept = found["training"], sum(found["counts"]["train"].values())
    too_long = training["too_long"]
    assert sum(count for _, count in training["histogram"]) == training["num_examples"] == kept - len(too_long)
    assert training["num_turns"] == training["num_examples"] and training["end_token"] == "<|im_end|>"
    assert training["seconds"] > 0 and training["memory"] > 2**27
    assert training["lengths"][-1] <= 72 and 0 < len(too_long) < kept
    assert all(row["origin"]["file"] == "conversations.csv" and row["origin"]["line"] > 1 for row in too_long)
    assert all("the limit is 72" in row["detail"] for row in too_long)
    learnt = "".join(piece["text"] for piece in training["preview"] if piece.get("learnt"))
    assert learnt.endswith("<|im_end|>")
    (conversation,) = training["previews"]
    assert conversation["role"] == "conversation" and conversation["pieces"] == training["preview"]
    enough = found["enough"]
    assert enough["num_judged"] == enough["num_test"] >= enough["num_people"] > 5 and enough["primary"] == "on_brand"
    assert enough["minimum_detectable"] == pytest.approx(2.8016 * (0.3 / enough["num_people"]) ** 0.5, rel=1e-3)
    assert enough["num_people_needed"] > 900 and enough["learn"]["support_reply"] == "some"
    assert not any(value for name, value in found["leak_report"].items() if name != "common_phrases")


def test_the_same_in_words(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(["check", "--config", str(config), *LIMIT]) == 0
    shown = capsys.readouterr()
    for text in (
        "too long and are left out",
        "tokens, the limit is 72",
        "Is this enough data?",
        "off-brand",
        "Training:",
    ):
        assert text in shown.out
    assert "sources" in shown.err and "1 can be read" in shown.err


def shown_in_words(**changes) -> str:
    out = Console(record=True, width=200, file=io.StringIO())
    settings = {"objective": "reward", "num_examples": 1, "num_steps": 1, "seconds": 1.0, "memory": 1}
    check._show_learnt(out, LaterPhase(**(settings | changes)))
    return out.export_text()


def test_a_reward_model_is_not_said_to_learn_tokens() -> None:
    previews = tuple(
        Shown(role=role, pieces=(Piece(text=f"Hello. {role}", learnt=False), Piece(text="<end>", learnt=True)))
        for role in ("chosen", "rejected")
    )
    found = shown_in_words(num_scored=24, end_token="<end>", previews=previews)
    assert "last token of each of 24 answers, and no token carries loss" in found
    assert "end-of-turn" not in found and "What is learnt" not in found
    for text in ("the chosen answer", "Hello. chosen<end>", "the rejected answer", "Hello. rejected<end>"):
        assert text in found


def test_prompts_alone_are_not_said_to_be_learnt() -> None:
    prompt = Shown(role="prompt", pieces=(Piece(text="Where is [my] tent?", learnt=False),))
    found = shown_in_words(objective="grpo", end_token="<end>", previews=(prompt,))
    assert "Only prompts come from the data" in found and "Where is [my] tent?" in found and "carries loss" not in found


def test_every_source_that_cannot_be_read_is_named_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_company(tmp_path / "company", count=20)
    text = config.read_text(encoding="utf-8")
    more = "sources:\n" + "".join(
        f"  - {{kind: csv, path: {name}.csv, maps_to: review}}\n" for name in ("absent", "gone")
    )
    config.write_text(text.replace("sources:\n", more), encoding="utf-8")
    assert cli(["check", "--config", str(config)]) == 3
    err = capsys.readouterr().err
    assert "2 of 3 sources cannot be read" in err and "absent" in err and "gone" in err
    assert not list((config.parent / ".brandtune" / "runs").glob("*/ingest"))
