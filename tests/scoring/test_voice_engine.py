"""The check engine: claims expire, evidence that is missing stays blank, one text always scores the same."""

from datetime import date
from pathlib import Path

import pytest

from brandtune.core.brand import split_sections
from brandtune.core.tasks.form import FormConfig
from brandtune.scoring import FactBook, StyleModel, load_rules
from brandtune.scoring.fingerprint import Fingerprint
from brandtune.scoring.off_limits import OffLimits
from brandtune.scoring.validity import section_valid_until, valid_until
from brandtune.scoring.voice import VoiceEngine

FACTS = """# Shipping
Shipping to the islands takes 9 days.
Free shipping starts at 80 euros until 31 October 2026.
Free shipping starts at 95 euros from November.
# Autumn returns
Valid until: 2026-10-31
Return unworn boots within 60 days of delivery.
# Returns
Return unworn boots within 45 days of delivery.
"""
BEFORE, AFTER = date(2026, 10, 31), date(2026, 11, 1)


@pytest.fixture(scope="module")
def book() -> FactBook:
    return FactBook.from_documents(split_sections(FACTS, path="facts.md"))


@pytest.mark.parametrize(
    ("text", "on", "verdict"),
    [
        ("You can return unworn boots within 60 days of delivery.", BEFORE, "matched"),
        ("You can return unworn boots within 60 days of delivery.", AFTER, "expired"),
        ("You can return unworn boots within 60 days of delivery.", None, "matched"),
        ("You can return unworn boots within 45 days of delivery.", AFTER, "matched"),
        ("You can return unworn boots within 30 days of delivery.", AFTER, "contradicted"),
        ("Free shipping starts at 80 euros.", AFTER, "expired"),
        ("Free shipping starts at 80 euros.", BEFORE, "matched"),
        ("Free shipping starts at 95 euros.", AFTER, "matched"),
        ("The tent weighs 3 kg.", AFTER, "unmatched"),
    ],
)
def test_claims_hold_until_their_statement_expires(book: FactBook, text: str, on: date | None, verdict: str) -> None:
    report = book.check(text, on=on)
    found = {name: len(getattr(report, name)) for name in ("matched", "contradicted", "unmatched", "expired")}
    assert found == {name: int(name == verdict) for name in found}
    (finding,) = getattr(report, verdict)
    assert text[finding.start : finding.end] == finding.text


@pytest.mark.parametrize(
    ("sentence", "day"),
    [
        ("until October 31, 2026", date(2026, 10, 31)),
        ("The offer ends on the 3rd of May.", None),
        ("It expires 2026-02-30.", None),
        ("Valid through 1st Dec 2026, then 5 euros", date(2026, 12, 1)),
        ("We ship until noon, since 1 May 2020.", None),
    ],
)
def test_dates_until_which_statements_hold(sentence: str, day: date | None) -> None:
    assert valid_until(sentence) == day


def test_a_section_may_name_its_last_day() -> None:
    assert section_valid_until("expires: 3 May 2026\ntext") == date(2026, 5, 3)
    assert section_valid_until("The sale ends: see below") is None


def test_lines_without_evidence_stay_blank() -> None:
    check = VoiceEngine(None).check("Plain words, 45 days.")
    assert (check.style, check.percentile, check.claims, check.form) == (None, None, None, None)
    assert check.rules == () and check.off_limits == ()


def test_one_text_always_scores_the_same(tmp_path: Path, book: FactBook) -> None:
    (tmp_path / "R.yml").write_text("extends: existence\nmessage: m\nlevel: error\ntokens: [kindly]", encoding="utf-8")
    warm = [f"We're happy to help with the {word}, it's on us." for word in "abcdefghijklmnopqrstuv"]
    stiff = [f"Kindly be advised that the {word} is not included." for word in "abcdefghijklmnopqrstuv"]
    engine = VoiceEngine(
        "support_reply", load_rules(tmp_path), StyleModel.fit(warm, stiff, seed=0), Fingerprint.fit(warm), book,
        OffLimits(("cheap",)), FormConfig(max_words=9), AFTER,
    )  # fmt: skip
    text = "We kindly take cheap unworn boots back within 60 days of delivery."
    alone, among = engine.check(text), engine.check_all([*warm, text, *stiff])[len(warm)]
    assert alone == among
    assert [finding.rule for finding in alone.broken] == [f"{tmp_path.name}.R"]
    assert alone.claims is not None and len(alone.claims.expired) == 1
    assert alone.off_limits[0].term == "cheap" and alone.form == ("12 words; at most 9 are allowed",)
    assert alone.style is not None and alone.percentile is not None
