"""The planted flaws are there in the promised shares, and the answer sheet agrees with the files."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest


def _share(company, flag):
    return sum(bool(row[flag]) for row in company.truth.values()) / len(company.truth)


@pytest.mark.parametrize(
    ("flag", "share", "tolerance"),
    [
        ("off_brand", 0.08, 0.001), ("near_duplicate_of", 0.06, 0.001), ("wrong_fact", 0.03, 0.001),
        ("unresolved", 0.07, 0.001), ("training_consent", 0.70, 0.05),
    ],
)  # fmt: skip
def test_planted_shares(company, flag, share, tolerance):
    assert _share(company, flag) == pytest.approx(share, abs=tolerance)


def test_truth_covers_every_ticket(company):
    assert [ticket["id"] for ticket in company.desk["tickets"]] == list(company.truth)


def test_personal_data_of_the_truth_stands_in_the_ticket(company):
    kinds = defaultdict(int)
    for ticket in company.desk["tickets"]:
        text = "\n".join((ticket["subject"], *(comment["body"] for comment in ticket["comments"])))
        for item in company.truth[ticket["id"]]["pii"]:
            kinds[item["type"]] += 1
            assert item["text"] in text
    assert all(kinds[kind] >= 5 for kind in ("name", "email", "phone", "order_id", "address", "card"))


def test_no_mail_or_phone_in_a_ticket_is_missing_from_the_truth(company):
    for ticket in company.desk["tickets"]:
        listed = {item["text"].lower() for item in company.truth[ticket["id"]]["pii"]}
        text = "\n".join(comment["body"] for comment in ticket["comments"])
        found = set(re.findall(r"[\w.]+@[\w.]+\w", text)) - {"help@larkspur.example"}
        found |= set(re.findall(r"LK-\d{6}", text))
        assert {item.lower() for item in found} <= listed


def test_wrong_facts_contradict_and_right_ones_agree(company):
    facts = {path.name: path.read_text("utf-8") for path in (company.root / "facts").glob("*.md")}
    for ticket in company.desk["tickets"]:
        if wrong := company.truth[ticket["id"]]["wrong_fact"]:
            assert re.search(rf"(?<!\w){re.escape(wrong['stated'])}", company.replies(ticket)[0])
            assert wrong["true"] in facts[wrong["fact"]]


def test_every_number_the_house_states_is_in_the_facts(company):
    facts = "\n".join(path.read_text("utf-8") for path in (company.root / "facts").glob("*.md"))
    unit = r"(?:business days|days|hours|minutes|years|months|weeks|degrees|washes|Waypoints|cm|litres|wrong tries)"
    claim = re.compile(rf"(?<!\w)\$?\d[\d,]*(?: to \d+)? (?:more )?{unit}\b|\$\d+|\d+%")
    for ticket in company.desk["tickets"]:
        truth = company.truth[ticket["id"]]
        if truth["wrong_fact"] or truth["off_brand"]:
            continue
        for reply in company.replies(ticket):
            # The customer's own trip ("4 days in Zion") may be echoed; it is no claim.
            own = re.sub(r"\b[45] days (?:in|around)\b|in 2 days|in a few days|\b5 minutes", "", reply)
            for stated in claim.findall(own):
                assert re.search(rf"(?<!\d){re.escape(stated)}", facts), (stated, reply)


def test_near_duplicates_are_near(company):
    by_id = {ticket["id"]: ticket for ticket in company.desk["tickets"]}
    for ticket_id, truth in company.truth.items():
        if source := truth["near_duplicate_of"]:
            one, two = (set(company.replies(by_id[n])[0].split()) for n in (ticket_id, source))
            assert len(one & two) / len(one | two) > 0.8


def test_consent_follows_from_rows_and_events(company):
    person_of = {
        (row["source"], row["source_id"]): row["person_id"] for row in company.csv("truth/identities.csv")
    }  # fmt: skip
    history = defaultdict(list)
    for row in company.csv("data/customers.csv"):
        if row["model_training_consent"]:
            person = person_of["customers", row["customer_id"]]
            history[person].append((row["consent_updated_at"], row["model_training_consent"] == "granted"))
    for event in company.jsonl("data/events/*.jsonl"):
        if event.get("event") == "Segment Consent Preference Updated":
            person = person_of["customers", event["userId"]]
            granted = event["context"]["consent"]["categoryPreferences"]["model_training"]
            history[person].append((event["originalTimestamp"][:19] + "Z", granted))
    for truth in company.truth.values():
        last = max((at for at, _ in history[truth["person_id"]]), default="")
        votes = [granted for at, granted in history[truth["person_id"]] if at == last]
        assert truth["training_consent"] == (bool(votes) and all(votes))


def test_identities_hold_doubles_and_traps(company):
    people = defaultdict(list)
    for row in company.csv("truth/identities.csv"):
        if row["source"] in ("customers", "zendesk"):
            people[row["person_id"]].append(row["source"])
    doubled = sum(sources.count("customers") > 1 for sources in people.values())
    assert 0.04 < doubled / len(people) < 0.08
    rows = company.csv("data/customers.csv")
    assert sum(row["phone"] == "0000000000" for row in rows) >= 3
    assert sum(row["email"] == "test@example.com" for row in rows) >= 2
    assert len({row["customer_id"] for row in rows}) == len(rows)
