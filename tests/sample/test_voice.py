"""The house writes in its voice, the others do not, and nothing reads like a dozen templates."""

from __future__ import annotations

import re

import pytest
import vale_rules


@pytest.fixture(scope="module")
def rules(company):
    return vale_rules.load(company.root / "styles/Larkspur")


def _house_replies(company):
    for ticket in company.desk["tickets"]:
        truth = company.truth[ticket["id"]]
        replies = company.replies(ticket)
        yield from ((truth, reply) for reply in replies[1 if truth["off_brand"] else 0 :])


def test_house_replies_keep_every_rule(company, rules):
    for _, reply in _house_replies(company):
        assert vale_rules.failures(reply, task="support_reply", rules=rules) == [], reply


def test_off_brand_replies_break_two_rules_each(company, rules):
    for ticket in company.desk["tickets"]:
        if company.truth[ticket["id"]]["off_brand"]:
            found = vale_rules.failures(company.replies(ticket)[0], task="support_reply", rules=rules)
            assert len({failure.split(":")[0] for failure in found}) >= 2


def test_campaigns_keep_every_rule(company, rules):
    for row in company.csv("data/campaigns.csv"):
        assert vale_rules.failures(row["subject"], task="campaign_copy", rules=rules) == []
        assert vale_rules.failures(row["body"], task="campaign_body", rules=rules) == []


def test_descriptions_keep_every_rule(company, rules):
    texts = [re.sub(r"<[^>]+>", "", row["Body (HTML)"]) for row in company.csv("data/products.csv")]
    for text in filter(None, texts):
        assert vale_rules.failures(text, task="product_description", rules=rules) == []


def test_replies_are_distinct_without_names_and_numbers(company):
    titles = sorted({row["Title"] for row in company.csv("data/products.csv") if row["Title"]}, key=len, reverse=True)
    names = re.compile("|".join(map(re.escape, titles)))
    bare = [
        re.sub(r"\d+", "0", names.sub("_", re.sub(r"^Hi [^,]+,", "Hi _,", reply)))
        for truth, reply in _house_replies(company) if not truth["near_duplicate_of"]
    ]  # fmt: skip
    assert len(set(bare)) / len(bare) >= 0.95


def test_wording_keeps_growing(company):
    replies = [reply for _, reply in _house_replies(company)]

    def fivegrams(texts):
        return {tuple(words[n : n + 5]) for text in texts for words in [text.split()] for n in range(len(words) - 4)}

    half, whole = fivegrams(replies[: len(replies) // 2]), fivegrams(replies)
    assert len(whole) > 1.3 * len(half)
    assert len(whole) > 20_000


def test_the_voice_guide_fits_a_prompt(company):
    assert 250 <= len((company.root / "voice.md").read_text("utf-8").split()) <= 370
