"""Canned text and notices: what comes back is taken out, what people wrote stays, and everything is counted."""

from collections import Counter

import pytest
from bookshop import Curate, balanced, record, talk

from brandtune.core.records import Conversation, Record, Turn
from brandtune.curation import Curated, CurationConfig
from brandtune.curation.steps.boilerplate import BoilerplateConfig
from brandtune.curation.steps.macros import MacrosConfig, filled
from brandtune.curation.steps.passages import cut_pieces, passage_key

CANNED = (
    "To send a book back, print the label from your account page, wrap the book so that its corners are safe, and hand "
    "the parcel in at any post office with the label on the outside where it can be read."
)
NOTICE = "This chat may be recorded for training purposes."
NUMBERS = [
    f"{first}{second}" for first in ("north", "south", "east", "west") for second in ("gate", "side", "wing", "hall")
]


def desk(num: int, *, ending: str = "", answer: str = "") -> list[Record]:
    """Conversations that share nothing but what is given."""
    rows = []
    for index in range(num):
        word, other = NUMBERS[index % 16] * 3, NUMBERS[index // 16] * 2
        own = f"The {word} atlas of {other} lies on our {word} table, and the {other} shelf holds its {word} map."
        text = answer if answer and index % 2 else "\n\n".join(part for part in (own, answer, ending) if part)
        rows.append(record(talk(f"Where do I find the {word} and the {other}?", text), record_id=f"r{index}"))
    return rows


def changed(curated: Curated, step: str) -> dict[str, int]:
    return next(row.changed for row in curated.report.funnel if row.step == step)


def test_what_agents_paste_is_taken_out_and_counted(run: Curate) -> None:
    curated = run(desk(30, answer=CANNED))
    balanced(curated)
    assert changed(curated, "macros")["canned passage taken out"] == 30
    assert {row.reason for row in curated.dropped if row.step == "macros"} == {"only canned text"}
    assert sum(row.step == "macros" for row in curated.dropped) == 15
    assert all("post office" not in example.reference for example in curated.kept)
    assert all(example.reference.startswith("The ") for example in curated.kept)


def test_a_passage_seen_seldom_or_short_is_no_canned_text(run: Curate) -> None:
    curated = run(desk(18, answer=CANNED))
    assert changed(curated, "macros") == {} and any("post office" in row.reference for row in curated.kept)
    strict = CurationConfig(macros=MacrosConfig(min_conversations=5))
    assert changed(run(desk(18, answer=CANNED), config=strict), "macros")["canned passage taken out"] == 18
    assert changed(run(desk(40, ending="Warm regards from all of us at the shop"), config=strict), "macros") == {}


def test_names_and_numbers_do_not_hide_a_canned_passage() -> None:
    one = "Hi Ana,\nThanks for order 4711, which our colleague Tom has packed."
    other = "Dear Mr Hope,\nThanks for order 12, which our colleague Ines has packed."
    assert passage_key(one) == passage_key(other)
    assert passage_key(one) != passage_key(one.replace("packed", "sent"))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Hi {{ticket.requester.first_name}},\nAll done.", "Hi [CUSTOMER_NAME],\nAll done."),
        ('Hi {{ first_name | fallback: "there" }}, all done.', "Hi [CUSTOMER_NAME], all done."),
        ("All done.\n{{current_user.name}}", "All done.\n[AGENT_NAME]"),
        ("All done. See {{ticket.link}} for more. Bye.", "All done. Bye."),
        ("{% if vip %} Dear friend {% endif %}\nAll done.", "All done."),
        ("A set {1, 2} and 100 %.", "A set {1, 2} and 100 %."),
    ],
)
def test_unfilled_marks(text: str, left: str) -> None:
    counts: Counter[str] = Counter()
    assert " ".join(filled(text, counts).split(" ")) == left
    assert bool(counts) == ("{{" in text or "{%" in text)


def test_notices_that_come_back_are_taken_out(run: Curate) -> None:
    curated = run(desk(24, ending=NOTICE))
    balanced(curated)
    assert changed(curated, "boilerplate") == {"notice taken out": 24}
    assert all("recorded" not in example.reference and example.reference.endswith("map.") for example in curated.kept)
    few = run(desk(12, ending=NOTICE))
    assert changed(few, "boilerplate") == {} and any("recorded" in row.reference for row in few.kept)


def test_a_side_of_nothing_but_notices_is_dropped_with_its_reason(run: Curate) -> None:
    rows = desk(24, ending=NOTICE)
    rows.append(record(talk("Is anybody there at the shop?", NOTICE), record_id="machine"))
    curated = run(rows)
    balanced(curated)
    (gone,) = (row for row in curated.dropped if row.step == "boilerplate")
    assert (gone.id, gone.reason) == ("machine", "nothing but notices") and "recorded" in gone.excerpt


def test_own_notices_are_settings_and_the_brands_voice_is_no_notice(run: Curate) -> None:
    greeting = "Happy reading from all of us at the shop by the harbour."
    assert changed(run(desk(30, ending=greeting)), "boilerplate") == {}
    config = CurationConfig(boilerplate=BoilerplateConfig(patterns=("Happy reading",)))
    assert changed(run(desk(30, ending=greeting), config=config), "boilerplate") == {"notice taken out": 30}
    with pytest.raises(ValueError, match="not a regular expression"):
        BoilerplateConfig(patterns=("(",))


def test_private_notes_are_counted(run: Curate) -> None:
    turns = (
        Turn(role="customer", text="Where is my atlas of the harbour?"),
        Turn(role="note", text="Customer is difficult, be brief."),
        Turn(role="agent", text="It left the shop on Monday morning."),
    )
    curated = run([record(Conversation(turns=turns))])
    assert changed(curated, "clean") == {"private note taken out": 1}
    assert "difficult" not in str(curated.kept)


def test_cutting_leaves_no_holes() -> None:
    assert cut_pieces("a\n\nb\n\nc", [(3, 4)]) == "a\n\nc" and cut_pieces("a", [(0, 1)]) == ""
