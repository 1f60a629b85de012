"""Statements without a number that the facts call untrue: found as they were named, and not where a text denies them."""

from datetime import date
from pathlib import Path

import pytest

from brandtune.core.brand import Brand, BrandConfig, load_brand, split_sections
from brandtune.core.tasks import SupportReply
from brandtune.evaluation.arms import PromptBook
from brandtune.evaluation.config import EvaluationConfig
from brandtune.scoring import ClaimReport, FactBook
from brandtune.scoring.rules import RuleSet
from brandtune.scoring.stored import load_engines, save_engines
from brandtune.scoring.voice import VoiceEngine

FACTS = """# Returns
Sending a parcel back costs £4.
- **Not true:** "free returns", “returns are free”
Not true: "never ship abroad", "can't change an order", "refund* in cash"

# Gifts
not true: we wrap for nothing
"""
DOCUMENTS = split_sections(FACTS, path="shop.md")
BOOK = FactBook.from_documents(DOCUMENTS)


def said(text: str, **settings: object) -> list[str]:
    return [claim.text for claim in BOOK.check(text, **settings).contradicted]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("We offer free returns.", ["free returns"]),
        ("Good news: Free  Returns, always!", ["Free  Returns"]),
        ("Enjoy free-returns.", ["free-returns"]),
        ("All our returns are free.", ["returns are free"]),
        ("No problem, we have free returns.", ["free returns"]),
        ("We do not charge you, and free returns are included.", ["free returns"]),
        ("We never ship abroad.", ["never ship abroad"]),
        ("Sorry, you can’t change an order.", ["can’t change an order"]),
        ("We refunded in cash.", ["refunded in cash"]),
        ("At Christmas we wrap for nothing.", ["we wrap for nothing"]),
        ("Free returns. Returns are free.", ["Free returns", "Returns are free"]),
        ("We have no free returns.", []),
        ("We don’t offer free returns.", []),
        ("Free returns are not something we offer.", []),
        ("Do we have free returns? Sadly, they cost £4.", []),
        ("Carefree returnsomething.", []),
        ("Sending it back costs you nothing.", []),
    ],
)
def test_what_the_facts_call_untrue_is_found_unless_it_is_denied_or_asked(text: str, wrong: list[str]) -> None:
    assert sorted(said(text)) == sorted(wrong)


def test_the_finding_names_place_file_and_phrase() -> None:
    text = "Hello. We offer free returns."
    (claim,) = BOOK.check(text).contradicted
    assert text[claim.start : claim.end] == "free returns" and claim.fact_path == "shop.md"
    assert claim.expected == "“free returns” is not true"


def test_numbers_are_checked_beside_them() -> None:
    found = BOOK.check("Sending a parcel back costs £9, and we wrap for nothing.")
    assert [claim.text for claim in found.contradicted] == ["we wrap for nothing", "£9"]
    assert [claim.text for claim in BOOK.check("Sending a parcel back costs £4.").matched] == ["£4"]


def test_the_line_is_no_fact_and_no_passage() -> None:
    returns, gifts = DOCUMENTS
    assert returns.text == "Sending a parcel back costs £4."
    assert returns.denied[:2] == ("free returns", "returns are free")
    assert (gifts.text, gifts.denied) == ("", ("we wrap for nothing",))
    number = split_sections("# R\nReturns take 45 days.\nNot true: returns take 60 days", path="r.md")
    assert [fact.sentence for fact in FactBook.from_documents(number).facts] == ["Returns take 45 days."]
    fenced = split_sections('# R\n```\nNot true: "x y"\n```', path="r.md")
    assert fenced[0].denied == ()


def test_a_section_that_expired_denies_nothing_any_more() -> None:
    book = FactBook.from_documents(split_sections('Valid until: 2026-10-31\nNot true: "free returns"', path="r.md"))
    assert book.check("We have free returns.", on=date(2026, 10, 31)).contradicted
    assert book.check("We have free returns.", on=date(2026, 11, 1)) == ClaimReport()


def test_facts_that_deny_and_state_no_number_are_facts(tmp_path: Path) -> None:
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "r.md").write_text('Not true: "free returns"\n', encoding="utf-8")
    brand = load_brand(BrandConfig(name="Acme", facts=Path("facts")), base_dir=tmp_path)
    engine = VoiceEngine("support_reply", facts=FactBook.from_documents(brand.documents))
    assert not engine.facts.empty
    assert engine.check("We have free returns.").claims.contradicted
    assert engine.check("Hello.").claims == ClaimReport()
    assert VoiceEngine(None).check("We have free returns.").claims is None


def test_the_stored_engine_denies_the_same(tmp_path: Path) -> None:
    engine = VoiceEngine("support_reply", rules=RuleSet(), facts=BOOK)
    save_engines({"support_reply": engine}, tmp_path / "voice", documents=DOCUMENTS)
    again = load_engines(tmp_path / "voice")["support_reply"]
    assert again.check("We offer free returns.") == engine.check("We offer free returns.")
    assert again.facts.denials == BOOK.denials


def test_retrieval_shows_a_model_no_section_without_text() -> None:
    book = PromptBook(
        brand=Brand(name="Acme", documents=tuple(DOCUMENTS)), tasks={"support_reply": SupportReply()}, train=[],
        config=EvaluationConfig(), renderer=None, room=1000,
    )  # fmt: skip
    assert [passage.text for passage in book.facts.passages] == ["Sending a parcel back costs £4."]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", ["free returns ", "free ", "no free returns, ", "free returns. ", "-", "not true: "])
def test_linear_time(unit: str) -> None:
    BOOK.check((unit * 200_000)[:200_000])
    split_sections((unit * 200_000)[:200_000], path="a.md")
