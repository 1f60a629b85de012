"""Rough input, each counted and explained: emoji, HTML bombs, huge fields, consent withdrawn later."""

import time

import pytest
from bookshop import Curate, balanced, person, record, talk

from brandtune.core.brand import Brand
from brandtune.core.tasks import SupportReply
from brandtune.curation import CurationConfig, GovernanceConfig, curate
from brandtune.curation.markup import html_to_text
from brandtune.curation.steps.length import LengthConfig


def test_emoji_only_messages_are_named(run: Curate) -> None:
    rows = [
        record(talk("😡😡😡!!!", "We are sorry to hear that, the book left today."), record_id="asked"),
        record(talk("Did my atlas leave?", "👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍"), record_id="said"),
        record(talk("Did my atlas leave? 🙏", "It did, on Monday 🎉 and it is on its way."), record_id="fine"),
    ]
    curated = run(rows)
    balanced(curated)
    reasons = {row.reason: row.detail for row in curated.dropped}
    assert reasons == {"prompt without words": "only signs or emoji", "answer without words": "only signs or emoji"}
    assert [example.source_record_ids for example in curated.kept] == [("fine",)]


BOMBS = {
    "nested": "<div>" * 20_000 + "Boom" + "</div>" * 20_000,
    "unclosed": "<table><tr><td>" * 15_000 + "Boom",
    "quotes": "<blockquote>" * 15_000 + "Boom" + "</blockquote>" * 15_000,
    "entities": "<p>" + "&amp;lt;" * 30_000 + "</p>",
    "references": "<p>" + "&#x26;#x26;" * 20_000 + "</p>",
    "comments": "<p>Boom</p>" + "<!--" * 115_000,
    "attributes": "<p " + "a='b' " * 30_000 + ">Boom</p>",
    "half tags": "<p>" + "<a " * 60_000,
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", BOMBS)
def test_html_bombs_are_defused_in_linear_time(run: Curate, name: str) -> None:
    started = time.monotonic()
    text = html_to_text(BOMBS[name])
    assert len(text) <= len(BOMBS[name]) and time.monotonic() - started < 10
    curated = run([record(talk(f"Where is it? {BOMBS[name]}", "The atlas left the shop on Monday."), record_id="bomb")])
    balanced(curated)
    assert len(curated.kept) + len(curated.dropped) == 1
    assert all(len(message.content) < 6000 for example in curated.kept for message in example.messages)


@pytest.mark.timeout(60)
def test_a_field_of_fifty_megabytes_is_counted_and_costs_nothing(run: Curate) -> None:
    started = time.monotonic()
    curated = run([record(talk("Why? " + "ä<b>@1 " * 7_500_000, "Because of the weather today."), record_id="huge")])
    balanced(curated)
    (gone,) = curated.dropped
    assert (gone.step, gone.reason) == ("repair", "field too large") and "52,500,005 characters" in gone.detail
    assert len(gone.excerpt) <= 300 and time.monotonic() - started < 20


def test_the_largest_field_is_a_setting(run: Curate) -> None:
    row = record(talk("Why? " + "word " * 300, "Because of the weather today."))
    assert run([row]).dropped == []
    assert (
        run([row], config=CurationConfig(length=LengthConfig(max_field_chars=1000))).dropped[0].reason
        == "field too large"
    )


def test_consent_withdrawn_after_ingestion_takes_everything_back(brand: Brand) -> None:
    rows = [
        record(talk("Where is the atlas?", "The atlas left the shop on Monday."), record_id=f"r{i}") for i in range(3)
    ]

    def again(status: str) -> tuple[int, list[tuple[str, str, str]]]:
        curated = curate(
            rows, subjects=[person("ana", "Ana", "Lopez", status)], tasks=[SupportReply()], brand=brand, key="k",
            governance=GovernanceConfig(), config=CurationConfig(),
        )  # fmt: skip
        return len(curated.kept), [(row.step, row.reason, row.excerpt) for row in curated.dropped]

    assert again("granted")[0] == 1
    assert again("revoked") == (0, [("consent", "no consent: revoked", "")] * 3)
