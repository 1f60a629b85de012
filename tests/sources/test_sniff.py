"""Proposals for files that a company might bring."""

import json

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
    "chats.jsonl": (json.dumps({"messages": CHAT}), "jsonl", "conversation"),
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
