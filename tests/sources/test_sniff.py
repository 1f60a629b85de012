"""Proposals for files that a company might bring."""

import json

import exports
import pytest

from brandtune.core.errors import SourceError
from brandtune.sources import CsvSource, propose, read

TICKET = {"id": 1, "requester_id": 2, "comments": [{"body": "x"}]}
CHAT = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]
MESSAGES = "chat_id;sender;message\n1;user;I have a long question\n1;bot;And I a long answer\n"
FILES = {
    "tickets.json": (json.dumps({"users": [], "tickets": [TICKET]}), "zendesk", None),
    "events.jsonl": ('{"type":"track","userId":"u","event":"x"}\n{"type":"page","anonymousId":"a"}\n', "segment", None),
    "products.csv": ("Handle,Title,Body (HTML)\na,b,c\n", "shopify", None),
    "messages.csv": (MESSAGES, "csv", "message"),
    "people.csv": ("id,email,first_name\n1,a@b.co,A\n2,c@d.co,C\n", "csv", "profile"),
    "chats.jsonl": (json.dumps({"messages": CHAT, "id": 1}), "jsonl", "conversation"),
    "training.jsonl": (json.dumps({"messages": CHAT}), "openai", None),
    "preferences.jsonl": (json.dumps(exports.PREFERENCE), "openai", None),
    "sharegpt.jsonl": (json.dumps(exports.SHAREGPT), "sharegpt", None),
    "intercom.json": (json.dumps({"conversations": [{**exports.INTERCOM, "id": 1}]}), "intercom", None),
    "labels.json": (json.dumps(exports.LABEL_STUDIO), "label_studio", None),
    "mailchimp.csv": (exports.MAILCHIMP, "mailchimp", None),
    "klaviyo.csv": (exports.KLAVIYO, "klaviyo", None),
    "edits.csv": ("draft,final\nThis is a draft text,This is the final text\n", "csv", "edit"),
    "pairs.csv": ("prompt,chosen,rejected\nWrite to Ana now,Dear Ana,Hey\n", "csv", "comparison"),
    "thumbs.csv": ("prompt,answer,thumbs\nWrite to Ana now,Dear Ana hello there,up\n", "csv", "rating"),
    "mentions.csv": ("platform,text,sentiment,likes\nx,I love these boots so much,positive,3\n", "csv", "mention"),
    "posts.csv": ("platform,caption,impressions,engagements\nx,New boots are here now,100,3\n", "csv", "social_post"),
    "faq.csv": ("faq_id,question,answer\n1,How do I return boots?,Send them back\n", "csv", "faq"),
    "assets.csv": ("asset_text,verdict,rule\nThe best boots ever,rejected,R1\nGood boots for you,approved,\n", "csv", "asset"),
    "i18n.csv": ("source_text,target_text,locale\nGood boots for you,Gute Stiefel für dich,de-DE\n", "csv", "translation"),
    "odd.csv": ("a,b\n1,2\n", "csv", None),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_kinds(tmp_path, name):
    content, kind, maps_to = FILES[name]
    (tmp_path / name).write_text(content)
    proposal = propose(tmp_path / name)
    assert (proposal.kind, proposal.maps_to) == (kind, maps_to)
    assert proposal.as_config()["kind"] == kind


def test_a_proposal_can_be_read_as_it_stands(tmp_path):
    (tmp_path / "m.csv").write_text(FILES["messages.csv"][0])
    source = CsvSource.model_validate(propose(tmp_path / "m.csv").as_config())
    assert len(read([source], base_dir=tmp_path).records[0].payload.turns) == 2


def test_missing_and_empty(tmp_path):
    with pytest.raises(SourceError, match="there is no file"):
        propose(tmp_path / "none.csv")
    (tmp_path / "a.csv").write_text("a,b\n")
    with pytest.raises(SourceError, match="no rows"):
        propose(tmp_path / "a.csv")
