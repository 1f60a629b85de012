"""Exports with a piece replaced by something else: every item is read or set aside, and nothing else ever happens."""

import copy
import json

import exports
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brandtune.core.errors import SourceError
from brandtune.sources import (
    IntercomSource,
    JsonLinesSource,
    LabelStudioSource,
    OpenAIChatSource,
    SegmentSource,
    ShareGptSource,
    ZendeskSource,
    read,
)

JUNK = st.sampled_from(
    [None, 3, -1.5, "x", "", [], {}, [1, None], {"a": 1}, [[]], [{}], True, "2026-13-45", 10**400, "\ud800"]
)
CONTEXT = {"context": {"traits": {"email": "a@b.co"}, "externalIds": [{"type": "email", "id": "x"}], "consent": {}}}
ITEMS = {
    SegmentSource: [{**exports.EVENT, **CONTEXT, "messageId": "m1", "properties": {"a": 1}}],
    ZendeskSource: [{**exports.TICKET, "id": 1, "users": [{"id": 1, "role": "end-user"}], "tags": ["a"],
                     "satisfaction_rating": {"score": "good"}, "metric_set": {"reopens": 1}}],
    IntercomSource: [{**exports.INTERCOM, "id": 1}],
    OpenAIChatSource: [{"messages": exports.CHAT, "metadata": {"customer_id": "u"}}, exports.PREFERENCE],
    ShareGptSource: [exports.SHAREGPT, {**exports.SHAREGPT, "kto_tag": True}],
    LabelStudioSource: exports.LABEL_STUDIO,
}  # fmt: skip


def places(value, path=()):
    """Every place in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in inner for found in places(item, (*path, key)))]


def replaced(value, path, junk):
    if not path:
        return junk
    value = copy.deepcopy(value)
    target = value
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = junk
    return value


@pytest.mark.parametrize("kind", ITEMS, ids=lambda kind: kind.__name__)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_mutation_is_read_or_set_aside(tmp_path, kind, data):
    item = data.draw(st.sampled_from(ITEMS[kind]))
    broken = replaced(item, data.draw(st.sampled_from(places(item)[1:])), data.draw(JUNK))
    (tmp_path / "a.jsonl").write_text(json.dumps(broken) + "\n")
    try:
        result = read([kind(path="a.jsonl")], base_dir=tmp_path)
        msgspec.json.encode([*result.records, *result.rejected])
    except SourceError as error:
        assert error.where and error.fix
        return
    assert len(result.records) + len(result.rejected) >= 1


SHAPES = {
    "conversation": {"id": 1, "messages": exports.CHAT, "csat": 4, "created_at": "2026-01-01", "tags": ["a"]},
    "comparison": {"prompt": exports.CHAT[1:2], "chosen": "a", "rejected": exports.CHAT[2:]},
    "rating": {"prompt": "x", "answer": exports.CHAT[2:], "good": "up"},
    "translation": {"source": "a", "target": "b", "glossary": {"a": "b"}},
    "event": {"event": "x", "user_id": 1, "properties": {"a": [1]}, "timestamp": 1767261600},
    "profile": {"user_id": 1, "email": "a@b.co", "address": {"city": "x"}, "model_training_consent": "yes"},
    "campaign": {"campaign": "a", "subject": "b", "sends": 10, "open_rate": "5%", "opens": 3},
}


@pytest.mark.parametrize("maps_to", SHAPES)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_mutated_row_is_read_or_set_aside(tmp_path, maps_to, data):
    row = SHAPES[maps_to]
    broken = replaced(row, data.draw(st.sampled_from(places(row)[1:])), data.draw(JUNK))
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n" + json.dumps(broken) + "\n")
    try:
        result = read([JsonLinesSource(path="a.jsonl", maps_to=maps_to)], base_dir=tmp_path)
        msgspec.json.encode([*result.records, *result.rejected])
    except SourceError as error:
        assert error.where and error.fix
        return
    assert len(result.records) + len(result.rejected) == 2
