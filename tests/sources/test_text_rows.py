"""Rows about texts: mentions, posts, edits, comparisons, ratings, questions, assets, translations."""

import json

import pytest

from brandtune.core.records import Asset, Edit, Faq, Mention, SocialPost, Translation
from brandtune.sources import CsvSource, JsonLinesSource
from brandtune.sources.values import as_count


def test_mentions_and_posts(reads):
    content = 'Platform,Full Text,Sentiment,Likes,Retweets,Screen Name\nX,Love it,Positive,1.2K,"1,030",ana\n,,,,,\n'
    result = reads(CsvSource, "m.csv", content, maps_to="mention")
    (record,) = result.records
    assert record.payload == Mention(text="Love it", platform="X", sentiment="positive", likes=1200, shares=1030)
    assert [(i.type, i.value) for i in record.identifiers] == [("anonymous_id", "X:ana")]
    assert result.rejected[0].reason == "empty text"
    content = "network,caption,impressions,engagements,link clicks,utm_campaign\nx,New boots,1.000,50,7,spring\n"
    (record,) = reads(CsvSource, "p.csv", content, maps_to="social_post").records
    assert record.payload == SocialPost(
        text="New boots", platform="x", campaign="spring", impressions=1000, engagements=50, clicks=7
    )


def test_edits_questions_assets_and_translations(reads):
    (edit,) = reads(CsvSource, "e.csv", "draft,final,brief\na,b,c\n", maps_to="edit").records
    assert edit.payload == Edit(draft="a", published="b", brief="c")
    (faq,) = reads(
        CsvSource, "f.csv", "question,answer,category\n<p>How?</p>,<p>So &amp; so</p>,t\n", maps_to="faq"
    ).records
    assert faq.payload == Faq(question="How?", answer="So & so", topic="t")
    (asset,) = reads(
        CsvSource, "a.csv", "copy,decision,rule_id,comment\nBest ever,Rejected,R1,no proof\n", maps_to="asset"
    ).records
    assert asset.payload == Asset(text="Best ever", verdict="Rejected", rule="R1", reason="no proof")
    rows = [
        {"source": "boots", "target": "Stiefel", "target_locale": "de-DE", "glossary": {"boot": "Stiefel"}},
        {"source": "boots", "target": "Stiefel", "target_locale": "de-DE", "glossary": "boot=Stiefel; hat: Hut"},
        {"source": "boots", "target": " "},
    ]
    result = reads(JsonLinesSource, "t.jsonl", "\n".join(map(json.dumps, rows)), maps_to="translation")
    assert result.records[0].payload == Translation(
        source="boots", target="Stiefel", target_locale="de-DE", glossary={"boot": "Stiefel"}
    )
    assert result.records[1].payload.glossary == {"boot": "Stiefel", "hat": "Hut"}
    assert result.rejected[0].reason == "empty target"


CHOSEN = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Good day"}]
REJECTED = [CHOSEN[0], {"role": "assistant", "content": "Yo"}]


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "Hi", "chosen": "Good day", "rejected": "Yo"},
        {"prompt": CHOSEN[:1], "chosen": CHOSEN[1:], "rejected": REJECTED[1:]},
        {"chosen": CHOSEN, "rejected": REJECTED},
        {"messages": CHOSEN[:1], "chosen": json.dumps(CHOSEN[1:]), "rejected": {"content": "Yo"}},
    ],
)
def test_comparisons_in_every_shape(reads, row):
    (record,) = reads(JsonLinesSource, "c.jsonl", json.dumps(row), maps_to="comparison").records
    found = record.payload
    assert (found.chosen, found.rejected) == ("Good day", "Yo")
    assert [(turn.role, turn.text) for turn in found.turns] == [("customer", "Hi")]


def test_comparisons_that_compare_nothing(reads):
    rows = [
        {"chosen": "a", "rejected": "b"},
        {"prompt": "x", "chosen": "a", "rejected": "a "},
        {"prompt": "x", "chosen": "a", "rejected": ""},
    ]
    result = reads(JsonLinesSource, "c.jsonl", "\n".join(map(json.dumps, rows)), maps_to="comparison")
    assert [r.reason for r in result.rejected] == ["empty prompt", "both answers are the same", "empty answer"]


@pytest.mark.parametrize(
    ("words", "good"),
    [
        (["up", "down"], [True, False]), (["Thumbs up", "thumbs-down"], [True, False]), (["1", "0"], [True, False]),
        (["1", "-1"], [True, False]), (["true", "false"], [True, False]),
        (["5", "4", "3", "2", "1"], [True, True, None, False, False]),
        (["desirable", "undesirable", "whatever"], [True, False, None]),
    ],
)  # fmt: skip
def test_ratings_of_answers(reads, words, good):
    content = "prompt,answer,thumbs\n" + "".join(f"Write to Ana,Dear Ana,{word}\n" for word in words)
    result = reads(CsvSource, "r.csv", content, maps_to="rating", fields={"good": "thumbs"})
    assert [r.payload.good for r in result.records] == [each for each in good if each is not None]
    assert [r.reason for r in result.rejected] == ["neither good nor bad"] * good.count(None)


@pytest.mark.parametrize(
    ("written", "count"),
    [("1,234", 1234), ("1.234", 1234), ("1 234", 1234), ("1’234", 1234), ("2.5k", 2500), ("3M", 3_000_000), ("0", 0),
     ("25%", None), ("12.5", None), ("-3", None), (7.0, 7), ("", None)],
)  # fmt: skip
def test_counts(written, count):
    assert as_count(written) == count
