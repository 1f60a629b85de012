"""Generated documents that teach using the context: the template's form, the same seed the same text, orders obeyed."""

import json
import re

import pytest

context = pytest.importorskip("starter.base.context", reason="tests run outside the project's folder")

from brandtune.core.examples import Message  # noqa: E402
from brandtune.models import load_model  # noqa: E402

TURN = re.compile(r"<\|im_start\|>(system|user|assistant)\n(.*?)<\|im_end\|>\n", re.S)


@pytest.fixture(scope="module")
def made() -> list[dict[str, str]]:
    return list(context.documents(3000, seed=4))


def test_the_same_seed_gives_the_same_documents() -> None:
    assert list(context.documents(50, seed=9)) == list(context.documents(50, seed=9))
    assert list(context.documents(50, seed=9)) != list(context.documents(50, seed=10))


def test_every_kind_is_there_and_no_slot_stays_open(made: list[dict[str, str]]) -> None:
    assert {document["kind"] for document in made} == set(context.SHARES)
    assert not [
        d["text"] for d in made if re.search(r"\{(item|dish|first name|clock|days|[a-z])\}|\bNone\b", d["text"])
    ]


def test_text_is_what_the_chat_template_writes(made: list[dict[str, str]]) -> None:
    tokenizer = load_model("starter").renderer.tokenizer
    for document in made[:200]:
        turns = TURN.findall(document["text"])
        if not turns:  # a plain list said twice
            continue
        messages = [{"role": role, "content": content} for role, content in turns]
        assert [Message(**message) for message in messages]
        assert tokenizer.apply_chat_template(messages, tokenize=False) == document["text"]


def test_answers_to_facts_stand_in_the_context_or_are_the_agreed_words(made: list[dict[str, str]]) -> None:
    """Of values that were asked for, each is somewhere before its answer."""
    for document in made:
        if document["kind"] != "retrieval" or "value only" not in document["text"]:
            continue
        before = ""
        for role, content in TURN.findall(document["text"]):
            if role == "assistant":
                assert content in before
            before += content


@pytest.mark.parametrize("order, holds", [
    ("USE CAPITALS ONLY.", lambda text: text == text.upper()),
    ("Only use lower case.", lambda text: text == text.lower()),
    ("JSON only", lambda text: len(json.loads(text)) == 2),
    ("Answer in numbered lines: 1.", lambda text: "1. " in text),
])  # fmt: skip
def test_replies_obey_their_order(made: list[dict[str, str]], order: str, holds) -> None:
    found = [document["text"] for document in made if document["kind"] == "instruction" and order in document["text"]]
    assert found
    for text in found:
        for role, content in TURN.findall(text):
            if role == "assistant" and "capital" not in text.replace(order, "").lower():
                assert holds(content), content
