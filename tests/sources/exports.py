"""Small exports of every kind that has a connector of its own, as these systems write them."""

import json

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from brandtune.sources import CONNECTORS


def part(kind, body, *, at, by):
    return {
        "part_type": kind,
        "body": body,
        "created_at": at,
        "author": {"type": by, "id": "c1" if by == "user" else by},
    }


EVENT = {"type": "track", "event": "Order Completed", "userId": "u1", "timestamp": "2026-01-01T10:00:00Z"}
TICKET = {
    "requester_id": 1, "status": "solved", "created_at": "2026-01-01T00:00:00Z",
    "comments": [{"author_id": 1, "body": "Where is it?"}, {"author_id": 2, "body": "On its way."}],
}  # fmt: skip
INTERCOM = {
    "type": "conversation", "created_at": 1767261600, "state": "closed", "title": "Lost parcel",
    "source": {"body": "<p>Where is <b>it</b>?</p>", "author": {"type": "user", "id": "c1", "email": "ana@x.org"}},
    "contacts": {"contacts": [{"id": "c1", "external_id": "u1"}]},
    "tags": {"tags": [{"name": "delivery"}]}, "statistics": {"count_reopens": 1},
    "conversation_rating": {"rating": 4, "remark": "ok"},
    "conversation_parts": {"conversation_parts": [
        part("comment", "<p>Hi! I am a bot.</p>", at=1767261601, by="bot"),
        part("note", "<p>grumpy</p>", at=1767261602, by="admin"),
        part("assignment", None, at=1767261603, by="admin"),
        {**part("comment", "<p>secret</p>", at=1767261604, by="user"), "redacted": True},
        part("comment", "<p>It comes<br>today.</p>", at=1767261605, by="admin"),
    ]},
}  # fmt: skip
MAILCHIMP = (
    'Title,Subject,List,"Send Date","Send Weekday","Total Recipients","Successful Deliveries","Soft Bounces",'
    '"Hard Bounces","Unique Opens","Open Rate","Total Opens","Unique Clicks","Click Rate","Unique Id","Total Orders"\n'
    '"Spring","Boots are back",Hikers,"Jun 09, 2018 09:30 pm",Saturday,"1,250","1,200",30,20,"1,020","85.00%","2,001",'
    '240,"20.00%",abc1,12\n'
    '"Spring","Again: boots",Hikers,"Jul 09, 2018 09:30 am",Monday,400,400,0,0,,"24.5%",,,"1.25%",abc2,\n'
)
KLAVIYO = (
    '"Campaign Name",Tags,Subject,List,"Send Time","Total Recipients","Unique Placed Order","Placed Order Rate",Revenue,'
    '"Unique Opens","Open Rate","Unique Clicks","Click Rate","Successful Deliveries","Campaign ID","Campaign Channel",'
    '"Winning Variant?","Variant Name"\n'
    "Tents,[],Sleep dry,Campers,2024-03-01 09:00:00,1010,5,0.5%,$499,400,40%,50,5%,1000,K1,email,true,Variation A\n"
    "Tents,[],Dry nights,Campers,2024-03-01 09:00:00,1005,4,0.4%,$399,380,38%,40,4%,1000,K1,email,false,Variation B\n"
)
CHAT = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "Ho"},
]
PREFERENCE = {
    "input": {"messages": CHAT[:2], "tools": []},
    "preferred_output": [{"role": "assistant", "content": "Hello there"}],
    "non_preferred_output": [{"role": "assistant", "content": "What"}],
}
SHAREGPT = {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Ho"}], "system": "Be kind."}


def annotated(number, data, *results, **more):
    return {"id": number, "data": data, "annotations": [{"id": number, "result": list(results), **more}]}


def result(kind, **value):
    return {"from_name": kind[0], "type": kind, "value": value}


LABEL_STUDIO = [
    annotated(1, {"text": "Where?"}, result("choices", choices=["delivery"])),
    annotated(2, {"prompt": "Say hi", "draft": "Hey"}, result("textarea", text=["Good day"])),
    annotated(3, {"prompt": "Say hi"}, result("textarea", text=["Good day"])),
    annotated(4, {"prompt": "Hi", "answer1": "A", "answer2": "B"}, result("pairwise", selected="right")),
    annotated(5, {"prompt": "Hi", "answer": "A"}, result("rating", rating=5)),
    annotated(6, {"prompt": "Hi", "answer": "A"}, result("rating", rating=3)),
    annotated(7, {"text": "x"}, result("choices", choices=["a", "b"])),
    annotated(8, {"text": "x"}, was_cancelled=True),
    {"id": 9, "data": {"text": "x"}, "annotations": []},
]


def lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def numbered(row, count, **key):
    """The row `count` times, each with its own id."""
    ((name, prefix),) = key.items()
    return [{**row, name: f"{prefix}{number}"} for number in range(count)]


def write_all(folder):
    """Write one export a kind; returns a configured connector for each kind that reads files."""
    rows = "".join(f"text number {n},label{n % 3}\n" for n in range(30))
    texts = {
        "a.csv": f"text,label\n{rows}ragged\n",
        "a.jsonl": lines(*[{"text": f"text number {n}", "label": f"l{n % 3}"} for n in range(30)]) + "\n",
        "a.json": json.dumps([{"text": "a", "label": "x"}, 3, {"text": "b", "label": "y"}], indent=1),
        "e1.jsonl": lines(*numbered(EVENT, 20, messageId="m"), {"type": "odd"}),
        "e2.jsonl": lines(*numbered(EVENT, 25, messageId="m")),
        "zendesk.json": json.dumps({"users": [{"id": 1, "role": "end-user", "name": "A"}],
                                    "tickets": [{**TICKET, "id": n} for n in range(5)]}, indent=1),
        "intercom.jsonl": lines(*numbered(INTERCOM, 4, id="i"), {"id": "empty"}),
        "shopify.csv": "Handle,Title,Body (HTML)\ntent,Tent,<p>Dry</p>\nhat,Hat,x\n,,\n",
        "mailchimp.csv": MAILCHIMP,
        "klaviyo.csv": KLAVIYO,
        "openai.jsonl": lines({"messages": CHAT}, PREFERENCE, {"messages": []}),
        "sharegpt.jsonl": lines(SHAREGPT, {**SHAREGPT, "kto_tag": False}),
        "label_studio.json": json.dumps(LABEL_STUDIO, indent=1),
    }  # fmt: skip
    for name, content in texts.items():
        (folder / name).write_text(content)
    pq.write_table(pa.table({"text": ["a", "b"], "label": ["x", "y"]}), folder / "a.parquet")
    book = openpyxl.Workbook()
    for row in (["text", "label"], ["a", "x"], ["b", "y"]):
        book.active.append(row)
    book.save(folder / "a.xlsx")
    table = {"maps_to": "label"}
    settings = {
        "csv": {"path": "a.csv", **table}, "jsonl": {"path": "a.jsonl", **table}, "json": {"path": "a.json", **table},
        "parquet": {"path": "a.parquet", **table}, "excel": {"path": "a.xlsx", **table}, "segment": {"path": "e*.jsonl"},
        "zendesk": {"path": "zendesk.json"}, "intercom": {"path": "intercom.jsonl"}, "shopify": {"path": "shopify.csv"},
        "mailchimp": {"path": "mailchimp.csv"}, "klaviyo": {"path": "klaviyo.csv"}, "openai": {"path": "openai.jsonl"},
        "sharegpt": {"path": "sharegpt.jsonl"}, "label_studio": {"path": "label_studio.json"},
    }  # fmt: skip
    return {kind: CONNECTORS[kind](**chosen) for kind, chosen in settings.items()}
