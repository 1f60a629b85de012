"""Conversations in every shape exports hold them, and the roles in them."""

import json

import pytest

from brandtune.core.errors import SourceError
from brandtune.sources import CsvSource, JsonLinesSource

EXPECTED = [("customer", "Hi, where is it?"), ("agent", "On its way.")]
SHAPES = {
    "roles": [{"role": "user", "content": EXPECTED[0][1]}, {"role": "assistant", "content": EXPECTED[1][1]}],
    "sharegpt": [{"from": "human", "value": EXPECTED[0][1]}, {"from": "gpt", "value": EXPECTED[1][1]}],
    "pairs": [["customer", EXPECTED[0][1]], ["agent", EXPECTED[1][1]]],
    "parts": [
        {"role": "user", "content": [{"type": "text", "text": EXPECTED[0][1]}]},
        {"speaker": "Agent", "text": EXPECTED[1][1]},
    ],
    "lines": "Customer: Hi, where is it?\nAgent: On its way.",
    "stamped": "[10:02] Visitor: Hi, where is it?\n(10:03) Support: On its way.",
    "json in a string": json.dumps([["customer", EXPECTED[0][1]], ["agent", EXPECTED[1][1]]]),
}


def said(record):
    return [(turn.role, turn.text) for turn in record.payload.turns]


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes(reads, shape):
    row = {"conversation_id": 7, "messages": SHAPES[shape], "status": "Solved", "csat": 4, "tags": "a, b"}
    (record,) = reads(JsonLinesSource, "a.jsonl", json.dumps(row), maps_to="conversation", csat_scale=5).records
    assert said(record) == EXPECTED
    talk = record.payload
    assert (talk.conversation_id, talk.resolved, talk.csat, talk.tags) == ("7", True, 0.75, ("a", "b"))
    assert record.record_id == "a:7"


def test_two_columns_and_multi_line_turns(reads):
    content = 'customer_text,agent_text\n"Hi, where is it?",On its way.\n'
    assert said(reads(CsvSource, "a.csv", content, maps_to="conversation").records[0]) == EXPECTED
    content = 'transcript\n"Customer: one\ntwo\n\nthree\nAgent: ok"\n'
    assert said(reads(CsvSource, "b.csv", content, maps_to="conversation").records[0])[0][1] == "one\ntwo\n\nthree"


def test_unusable_rows_are_rejected_not_fatal(reads):
    rows = [
        {"turns": []},
        {"turns": "no speakers here"},
        {"turns": [{"text": "x"}]},
        {"turns": 3},
        {"turns": SHAPES["pairs"]},
    ]
    result = reads(JsonLinesSource, "a.jsonl", "\n".join(map(json.dumps, rows)), maps_to="conversation")
    assert len(result.records) == 1
    assert [r.reason for r in result.rejected] == [
        "no turns",
        "no speakers found",
        "turn without a role",
        "turns not readable",
    ]


def test_machine_words_are_system_and_notes_are_notes(reads):
    turns = [["customer", "a"], ["api_call", "lookup"], ["internal_note", "b"], ["wizard", "c"], ["action", "d"]]
    (record,) = reads(JsonLinesSource, "a.jsonl", json.dumps({"turns": turns}), maps_to="conversation").records
    assert [role for role, _ in said(record)] == ["customer", "system", "note", "agent", "system"]


def test_many_unknown_role_words_stop_and_extra_words_help(reads):
    content = "\n".join(json.dumps({"turns": [["buyerling", "hello"], ["concierge", "hi"]]}) for _ in range(5))
    with pytest.raises(SourceError, match=r"10 of 10 turns .*'buyerling'.*'concierge'.*agent_roles"):
        reads(JsonLinesSource, "a.jsonl", content, maps_to="conversation")
    result = reads(JsonLinesSource, "a.jsonl", content, maps_to="conversation", agent_roles=["Concierge"],
                   customer_roles=["buyerling"])  # fmt: skip
    assert [role for role, _ in said(result.records[0])] == ["customer", "agent"]


def test_names_in_a_role_column_are_not_shown(reads):
    content = "\n".join(json.dumps({"turns": [[f"Planted{n} Name", "hello"]]}) for n in range(30))
    with pytest.raises(SourceError) as error:
        reads(JsonLinesSource, "a.jsonl", content, maps_to="conversation")
    assert "planted" not in str(error.value).lower()


def test_messages_are_grouped_and_put_in_time_order(reads):
    content = (
        "ticket_id,author_type,body,created_at,customer_id,csat,status\n"
        "1,agent,On its way.,2024-01-01T10:05:00Z,,,open\n"
        "2,end-user,Other,2024-01-01T09:00:00Z,u2,,open\n"
        '1,end-user,"Hi, where is it?",2024-01-01T10:00:00Z,u1,good,solved\n'
        "1,end-user,,2024-01-01T10:10:00Z,u1,,\n"
    )
    result = reads(CsvSource, "a.csv", content, maps_to="message")
    first, second = result.records
    assert said(first) == EXPECTED and first.payload.resolved is True and first.payload.csat == 1.0
    assert first.identifiers[0].value == "u1" and first.origin.line == 2 and second.payload.resolved is False
    assert result.rejected[0].reason == "empty text"


def test_messages_without_full_times_keep_file_order(reads):
    content = "chat_id,inbound,text,time\n1,True,b,2024-01-02\n1,False,a,\n"
    (record,) = reads(CsvSource, "a.csv", content, maps_to="message").records
    assert said(record) == [("customer", "b"), ("agent", "a")]


def test_support_tweets_follow_their_replies(reads):
    content = (
        "tweet_id,author_id,inbound,created_at,text,response_tweet_id,in_response_to_tweet_id\n"
        "3,115712,True,Tue Oct 31 22:11:45 +0000 2017,@co still broken,,2\n"
        "1,115712,True,Tue Oct 31 22:08:27 +0000 2017,@co it broke,2,\n"
        "2,co,False,Tue Oct 31 22:10:47 +0000 2017,@115712 tell us more,3,1.0\n"
        "9,77,True,Tue Oct 31 22:00:00 +0000 2017,@co alone,,8\n"
        "20,5,True,Tue Oct 31 22:00:00 +0000 2017,circle,,21\n"
        "21,5,True,Tue Oct 31 22:00:01 +0000 2017,circle,,20\n"
    )
    result = reads(CsvSource, "a.csv", content, maps_to="message")
    threads = {r.payload.conversation_id: said(r) for r in result.records}
    assert [role for role, _ in threads["1"]] == ["customer", "agent", "customer"]
    assert len(threads["9"]) == 1 and len(threads["20"]) == 2
    assert result.records[0].identifiers[0].value == "twitter:115712"


def test_satisfaction_scale_is_observed_and_said(reads):
    import itertools

    scores = itertools.cycle("1234")
    rows = "".join(f'"Customer: hi there",{next(scores)}\n' for _ in range(8))
    result = reads(CsvSource, "a.csv", "transcript,rating\n" + rows, maps_to="conversation")
    assert [r.payload.csat for r in result.records[:4]] == [0.0, 0.25, 0.5, 0.75]
    result = reads(CsvSource, "a.csv", "transcript,rating\n" + rows, maps_to="conversation", csat_scale=3)
    assert [r.payload.csat for r in result.records[:4]] == [0.0, 0.5, 1.0, None]
