"""A stored check engine: the same text gets the same findings and numbers, whatever became of the rules and facts since."""

import random
import shutil
from datetime import date
from pathlib import Path

import pytest

from brandtune.core.brand import split_sections
from brandtune.core.errors import DataError, NotFoundError
from brandtune.core.tasks.form import FormConfig
from brandtune.scoring import FactBook, StyleModel, load_rules
from brandtune.scoring.fingerprint import Fingerprint
from brandtune.scoring.off_limits import OffLimits
from brandtune.scoring.rules import RuleSet
from brandtune.scoring.stored import load_engines, save_engines
from brandtune.scoring.voice import VoiceEngine

DOCUMENTS = split_sections(
    "# Returns\nReturn unworn boots within 45 days. Until 31 October 2026 it was 60 days.", path="f.md"
)
RULE = "extends: existence\nmessage: \"No '%s'.\"\nlevel: error\ntokens: [cheap, deal]\n"
OPEN = ["Hello", "Hi there", "Dear guest", "Good day"]
MIDDLE = ["your boots are on the way", "we'll send the label", "don't worry, it's free", "return them within 45 days"]
CLOSE = ["Yours, the shop.", "Take care!", "See you on the trail.", "Best, Ana"]


def texts(seed: int, number: int) -> list[str]:
    draw = random.Random(seed)
    return [
        f"{draw.choice(OPEN)}, {draw.choice(MIDDLE)}. {draw.choice(CLOSE)} {draw.random():.3f}" for _ in range(number)
    ]


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "styles"
    (folder / "House").mkdir(parents=True)
    (folder / "House" / "No.yml").write_text(RULE, encoding="utf-8")
    (folder / "Top.yml").write_text(RULE.replace("cheap", "hype"), encoding="utf-8")
    return folder


def engine(rules: Path) -> VoiceEngine:
    ours, theirs = texts(1, 60), [f"As an AI model, I inform you: {text.upper()}" for text in texts(2, 60)]
    style = StyleModel.fit(ours, theirs, seed=0)
    style.calibrate(texts(3, 30))
    return VoiceEngine(
        task="support_reply", rules=load_rules(rules), style=style,
        fingerprint=Fingerprint.fit(ours, others={"base": theirs}), facts=FactBook.from_documents(DOCUMENTS),
        off_limits=OffLimits(("guarantee*",)), form=FormConfig(max_chars=60), on=date(2026, 11, 2),
    )  # fmt: skip


def test_the_same_text_scores_the_same_after_rules_and_facts_have_changed(rules: Path, tmp_path: Path) -> None:
    full = engine(rules)
    bare = VoiceEngine("other", rules=full.rules, facts=full.facts, off_limits=full.off_limits)
    first = {"support_reply": full, "other": bare}
    save_engines(first, tmp_path / "voice", documents=DOCUMENTS)
    shutil.rmtree(rules)
    again = load_engines(tmp_path / "voice")
    assert list(again) == ["support_reply", "other"]
    asked = [*texts(4, 20), "A cheap deal, guaranteed hype.", "Return boots within 60 days or 45 days.", "", "🙂"]
    for task in first:
        assert again[task].check_all(asked) == first[task].check_all(asked)
    assert again["support_reply"].style is not None
    assert again["support_reply"].style.threshold == first["support_reply"].style.threshold  # type: ignore[union-attr]
    assert [f.rule for f in again["other"].check("cheap hype").rules] == ["House.No", "styles.Top"]


def test_what_cannot_be_kept_or_read_is_said(rules: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="engine of y has other rules"):
        save_engines({"x": engine(rules), "y": VoiceEngine("y")}, tmp_path / "voice", documents=DOCUMENTS)
    with pytest.raises(DataError, match="engine of support_reply has other rules"):
        save_engines({"x": engine(rules)}, tmp_path / "voice", documents=())
    by_hand = RuleSet(load_rules(rules).rules)
    with pytest.raises(DataError, match="not read from files"):
        save_engines({"x": VoiceEngine("x", rules=by_hand)}, tmp_path / "voice", documents=())
    assert not (tmp_path / "voice").exists()
    with pytest.raises(NotFoundError, match="no stored check engine"):
        load_engines(tmp_path / "voice")
    save_engines({"support_reply": engine(rules)}, tmp_path / "voice", documents=DOCUMENTS)
    (tmp_path / "voice" / "fingerprint-0.npz").unlink()
    with pytest.raises(DataError, match="damaged"):
        load_engines(tmp_path / "voice")
