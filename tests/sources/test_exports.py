"""What Intercom, Mailchimp, Klaviyo, OpenAI, ShareGPT and Label Studio exports become."""

import json
from datetime import UTC, datetime

import exports
import pytest

from brandtune.core.errors import SourceError
from brandtune.core.records import Comparison, Conversation, Edit, LabelledText, Pair, Rating
from brandtune.sources import (
    CsvSource,
    IntercomSource,
    KlaviyoSource,
    LabelStudioSource,
    MailchimpSource,
    OpenAIChatSource,
    ShareGptSource,
)


def test_intercom(reads, said):
    content = json.dumps({"conversations": [{**exports.INTERCOM, "id": "9"}]}, indent=1)
    (record,) = reads(IntercomSource, "i.json", content).records
    talk = record.payload
    assert [(turn.role, turn.text) for turn in talk.turns] == [
        ("customer", "Where is it?"),
        ("agent", "Hi! I am a bot."),
        ("note", "grumpy"),
        ("agent", "It comes\ntoday."),
    ]
    assert (talk.csat, talk.resolved, talk.reopened, talk.tags) == (0.75, True, True, ("delivery",))
    assert [(i.type, i.value) for i in record.identifiers] == [
        ("user_id", "u1"), ("email", "ana@x.org"), ("anonymous_id", "intercom:c1")]  # fmt: skip
    assert record.occurred_at == datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert "a redacted part was left out" in said.text and record.origin.line == 3


def test_mailchimp_rates_counts_and_thousands(reads, said):
    first, second = (record.payload for record in reads(MailchimpSource, "m.csv", exports.MAILCHIMP).records)
    assert (first.sends, first.opens, first.clicks, first.conversions) == (1200, 1020, 240, 12)
    assert (second.sends, second.opens, second.clicks, second.conversions) == (400, 98, 5, None)
    assert first.campaign != second.campaign, "two sends of one title are no A/B test"
    assert (first.variant, second.variant, first.audience) == ("A", "A", "Hikers")
    assert "`opens` worked out from `Open Rate`" in said.text


def test_mailchimp_without_ids_keeps_sends_of_one_title_apart(reads):
    content = exports.MAILCHIMP.replace('"Unique Id"', '"Folder Id"')
    result = reads(MailchimpSource, "m.csv", content)
    assert [r.payload.campaign for r in result.records] == ["Spring (2018-06-09 21:30)", "Spring (2018-07-09 09:30)"]
    assert len({r.record_id for r in result.records}) == 2
    with pytest.raises(SourceError, match="no column `Subject` or `Subject Line` as in Mailchimp"):
        reads(MailchimpSource, "n.csv", "Title,List\na,b\n")


def test_klaviyo_variations_are_one_test(reads):
    records = reads(KlaviyoSource, "k.csv", exports.KLAVIYO).records
    assert [(r.payload.campaign, r.payload.variant) for r in records] == [("K1", "Variation A"), ("K1", "Variation B")]
    assert (records[0].payload.sends, records[0].payload.opens, records[0].payload.conversions) == (1000, 400, 5)
    assert records[1].payload.channel == "email"


@pytest.mark.parametrize(
    ("rate", "opens"), [("24.5%", 245), ('"24,5 %"', 245), ("24.5", 245), ("0.245", 245), ("150%", None), ("n/a", None)]
)
def test_rates_however_they_are_written(reads, rate, opens):
    content = f"campaign,subject,sends,open_rate\nA,Hi there,1.000,{rate}\n"
    assert reads(CsvSource, "a.csv", content, maps_to="campaign").records[0].payload.opens == opens


def test_a_rate_in_a_column_of_counts_is_no_count(reads, said):
    content = "campaign,subject,sends,opens\nA,Hi there,1000,25%\n"
    assert reads(CsvSource, "a.csv", content, maps_to="campaign").records[0].payload.opens is None
    assert "not a whole number" in said.text


def test_openai_chats_preferences_and_weights(reads):
    weighted = [exports.CHAT[1], {**exports.CHAT[2], "weight": 0}]
    mixed = [*weighted, {"role": "user", "content": "And?"}, {"role": "assistant", "content": "So", "weight": 1}]
    rows = [
        {"messages": exports.CHAT, "metadata": {"customer_id": "u7"}}, exports.PREFERENCE, {"messages": weighted},
        {"messages": mixed}, {"messages": exports.CHAT[:2]}, {"text": "x"},
        {**exports.PREFERENCE, "non_preferred_output": exports.PREFERENCE["preferred_output"]},
    ]  # fmt: skip
    result = reads(OpenAIChatSource, "c.jsonl", exports.lines(*rows))
    chat, preference = result.records
    assert [turn.role for turn in chat.payload.turns] == ["system", "customer", "agent"]
    assert chat.identifiers[0].value == "u7"
    assert isinstance(preference.payload, Comparison)
    assert (preference.payload.chosen, preference.payload.rejected) == ("Hello there", "What")
    assert [turn.role for turn in preference.payload.turns] == ["system", "customer"]
    assert [r.reason for r in result.rejected] == [
        "weight 0", "weight 0", "no answer", "no messages", "both answers are the same"]  # fmt: skip
    assert "1 of 2 answers" in result.rejected[1].detail


def test_sharegpt_with_preferences_and_ratings(reads):
    asked = exports.SHAREGPT["conversations"][:1]
    rows = [
        exports.SHAREGPT,
        {"conversations": asked, "chosen": {"from": "gpt", "value": "A"}, "rejected": {"from": "gpt", "value": "B"}},
        {**exports.SHAREGPT, "kto_tag": "true"},
        {"conversations": asked, "kto_tag": False},
    ]
    result = reads(ShareGptSource, "s.json", json.dumps(rows))
    chat, choice, rated = (record.payload for record in result.records)
    assert isinstance(chat, Conversation) and chat.turns[0].text == "Be kind."
    assert isinstance(choice, Comparison) and (choice.chosen, choice.rejected) == ("A", "B")
    assert isinstance(rated, Rating) and rated.good and rated.answer == "Ho"
    assert result.rejected[0].reason == "no answer"


def test_label_studio(reads, said):
    result = reads(LabelStudioSource, "l.json", json.dumps(exports.LABEL_STUDIO, indent=1))
    labelled, edit, pair, choice, rated = (record.payload for record in result.records)
    assert labelled == LabelledText(text="Where?", label="delivery")
    assert edit == Edit(draft="Hey", published="Good day", brief="Say hi")
    assert pair == Pair(prompt="Say hi", completion="Good day")
    assert (choice.chosen, choice.rejected) == ("B", "A") and rated.good
    assert [r.reason for r in result.rejected] == [
        "neither good nor bad", "several labels", "skipped by the annotator", "not annotated"]  # fmt: skip
    with pytest.raises(SourceError, match="JSON_MIN"):
        reads(LabelStudioSource, "m.json", json.dumps([{"id": 1, "annotator": 1, "annotation_id": 2, "text": "x"}]))


def test_label_studio_takes_the_ground_truth(reads, said):
    task = exports.annotated(1, {"text": "x"}, {"from_name": "i", "type": "choices", "value": {"choices": ["second"]}})
    truth = {"ground_truth": True, "result": [{"from_name": "i", "type": "choices", "value": {"choices": ["first"]}}]}
    task["annotations"].insert(0, truth)
    (record,) = reads(LabelStudioSource, "l.json", json.dumps([task])).records
    assert record.payload.label == "first" and "several annotations" in said.text
