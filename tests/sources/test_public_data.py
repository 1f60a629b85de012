"""What the readers and the proposals make of public data sets."""

import pytest

from brandtune.sources import CsvSource, JsonLinesSource, JsonSource, propose, read

PROPOSALS = [
    ("banking77/train.jsonl", "jsonl", "label"),
    ("star_dialogues/star.jsonl", "jsonl", "conversation"),
    ("abcd_guidelines/abcd_sample.json", "json", "conversation"),
    ("dstc9_faq/faq.jsonl", "jsonl", "pair"),
    ("chitchat_personalities/personalities.jsonl", "jsonl", "pair"),
    ("upworthy/variants.jsonl", "jsonl", "campaign"),
    ("upworthy/headline_pairs.jsonl", "jsonl", None),
    ("contoso_cdp/Contact.txt", "csv", "profile"),
    ("contoso_cdp/OnlinePurchases.txt", "csv", "purchase"),
    ("contoso_cdp/WebsiteReviews_LinkedToEcommerceContacts.txt", "csv", "review"),
    ("telco_churn/telco.jsonl", "jsonl", "profile"),
]


@pytest.mark.parametrize(("name", "kind", "maps_to"), PROPOSALS)
def test_proposals(shared_data, name, kind, maps_to):
    proposal = propose(shared_data / name)
    assert (proposal.kind, proposal.maps_to) == (kind, maps_to)
    assert proposal.reason and proposal.num_sampled
    assert set(proposal.fields) <= set(proposal.evidence)


def test_proposal_of_personalities_lists_the_voices(shared_data):
    proposal = propose(shared_data / "chitchat_personalities/personalities.jsonl")
    assert "5 text columns" in proposal.evidence["completion"] and proposal.fields["prompt"] == "question"


def test_reading(shared_data):
    asked = read([JsonLinesSource(path="banking77/train.jsonl", maps_to="label")], base_dir=shared_data)
    assert len(asked.records) == 10_003 and not asked.rejected
    star = read([JsonLinesSource(path="star_dialogues/star.jsonl", maps_to="conversation")], base_dir=shared_data)
    assert len(star.records) + len(star.rejected) == 6_652
    assert {turn.role for record in star.records for turn in record.payload.turns} == {"customer", "agent"}
    abcd = read(
        [
            JsonSource(
                path="abcd_guidelines/abcd_sample.json",
                maps_to="conversation",
                fields={"email": "scenario.personal.email"},
            )
        ],
        base_dir=shared_data,
    )
    assert abcd.records[0].payload.turns[0].role == "agent" and abcd.records[0].identifiers[0].type == "email"
    tests = read([JsonLinesSource(path="upworthy/variants.jsonl", maps_to="campaign")], base_dir=shared_data, limit=10)
    assert [record.payload.variant for record in tests.records[:2]] == ["A", "B"]
    people = read([CsvSource(path="contoso_cdp/Contact.txt", maps_to="profile")], base_dir=shared_data)
    assert people.records[0].payload.traits["postal_code"] == "10753"
