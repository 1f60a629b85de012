"""Repair and clean: text as people wrote it, and nothing else."""

import pytest
from bookshop import GOOD, Curate, balanced, record, talk

from brandtune.core.records import Turn
from brandtune.curation.steps.clean import cleaned_turn
from brandtune.curation.steps.language import language_of
from brandtune.curation.steps.repair import repaired


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("Itâ€™s a cafÃ©", "It’s a café"),
        ("a\x00b\x07c", "abc"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("a\u00a0 b\t c  ", "a b c"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("👩‍👩‍👧 ok 😀", "👩‍👩‍👧 ok 😀"),
        ("שלום \u200fעולם", "שלום \u200fעולם"),
        ("“curly” stays", "“curly” stays"),
        ("a &lt; b", "a &lt; b"),
        ("", ""),
        ("e\u0301", "é"),
        ("\ufefftext", "text"),
    ],
)
def test_repair(broken: str, whole: str) -> None:
    assert repaired(broken) == whole and repaired(whole) == whole


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<p>Hi<br>there</p><p>Two &amp; three</p>", "Hi\nthere\n\nTwo & three"),
        ("<div>New</div><blockquote>old</blockquote>", "New"),
        ("2 < 3 and 5 > 4", "2 < 3 and 5 > 4"),
        ("Yes.\n\nOn Mon, 3 May 2026 at 10:12, Ana <a@b.example> wrote:\n> old\n> older", "Yes."),
        ("Yes.\nOn Mon, 3 May 2026 at 10:12, Ana Lopez\n<a@b.example> wrote:\nold", "Yes."),
        ("Ja.\nAm 3. Mai 2026 um 10:12 schrieb Ana:\n> alt", "Ja."),
        ("Thanks\n-----Original Message-----\nFrom: x\nold", "Thanks"),
        ("Thanks\n\nFrom: Shop <s@x.example>\nSent: Monday\nTo: Ana\nSubject: Re\n\nold", "Thanks"),
        ("> quoted\nmine", "mine"),
        ("Ok!\nSent from my iPhone", "Ok!"),
        ("Ok!\nGet Outlook for iOS", "Ok!"),
        ("Done.\n-- \nSam\nQuill Books, Unit 4", "Done."),
        ("Done.\n\nThis e-mail and any attachments are confidential and privileged.", "Done."),
        ("I moved from: Leeds\nto York", "I moved from: Leeds\nto York"),
        ("On Monday I wrote a letter.", "On Monday I wrote a letter."),
        ("Sent from my iPhone", ""),
        ("", ""),
    ],
)
def test_clean(text: str, left: str) -> None:
    assert cleaned_turn(Turn(role="customer", text=text)) == left


def test_notes_and_empty_turns_go_and_one_sided_talks_are_dropped(run: Curate) -> None:
    rows = [
        record(talk("May I return it?", "Sent from my iPhone"), record_id="no agent"),
        record(talk("> quoted only", GOOD.format(name="Ana")), record_id="no customer"),
        record(talk("May I return it?", GOOD.format(name="Ana")), record_id="fine"),
    ]
    curated = run(rows)
    balanced(curated)
    assert {row.id: row.reason for row in curated.dropped} == {
        "no agent": "no agent turn",
        "no customer": "no customer turn",
    }
    assert [example.source_record_ids for example in curated.kept] == [("fine",)]


def test_languages() -> None:
    assert (
        language_of("ich habe das Paket noch nicht bekommen und möchte gern wissen wo es ist und wann es kommt") == "de"
    )
    assert (
        language_of("je n'ai pas reçu le colis et je voudrais savoir où il est pour ma commande dans la semaine")
        == "fr"
    )
    assert language_of("ok") == "" and language_of("😀 " * 50) == ""


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "unit", ["a", " ", "\n", ">", "<", "<p>", "<div>", "-", "_", "On ", "é", "â€", "From: a\n", "😀", "א", "&", "Sent "]
)
def test_two_megabytes_of_anything(unit: str) -> None:
    text = (unit * 2_000_000)[:2_000_000]
    cleaned_turn(Turn(role="customer", text=repaired(text)))
