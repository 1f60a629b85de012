"""The detector on sentences of our own: people of many places, however they are typed, and things that are nobody."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brandtune.scoring.personal.detector import Detector, detector
from brandtune.scoring.personal.entities import Found, best_without_overlaps


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My friend Zelda has the same one.", "Zelda"),
        ("Please ask Priya Ramanathan about it.", "Priya Ramanathan"),
        ("I gave it to Oluwaseun Adebayo yesterday.", "Oluwaseun Adebayo"),
        ("my neighbour greta lindqvist took it in", "greta lindqvist"),
        ("PLEASE TELL MARTIN KOWALSKI THAT IT CAME", "MARTIN KOWALSKI"),
        ("Siobhán O'Brien signed for the parcel.", "Siobhán O'Brien"),
        ("Regards,\nTakeshi Yamamoto", "Takeshi Yamamoto"),
        ("Is Dr. Schneider in today?", "Schneider"),
    ],
)
def test_people(text: str, name: str) -> None:
    assert name in [text[f.start : f.end] for f in detector().find(text) if f.entity == "PERSON"]


@pytest.mark.parametrize(
    "text",
    [
        "Where is my parcel?", "The tent leaks after two nights of rain.", "See you in May or June.", "Happy Easter!",
        "Do you ship the blue jacket in size M?", "thanks, that worked", "It costs 20 euros.", "😀😀😀", "", "​​",
        "I will hope for the best.", "<b>Hello</b>, where is my order?",
    ],
)  # fmt: skip
def test_nobody(text: str) -> None:
    assert not [f for f in detector(threshold=2.0).find(text) if f.entity == "PERSON"]


def test_places_organisations_and_the_rest() -> None:
    text = "Ana Silva, 34, moved to 12 Alder Lane, Porto on 3 May 2021 and works for Northwind Insurance Ltd."
    kinds = {f.entity for f in detector().find(text)}
    assert {"PERSON", "AGE", "ADDRESS", "DATE_TIME", "ORGANIZATION"} <= kinds


def test_without_the_model_only_shapes_are_found() -> None:
    text = "Zelda Marsh, 212-555-0143, ana@mail.example"
    assert {f.entity for f in Detector().find(text)} == {"PHONE", "EMAIL"}


def test_what_overlaps_keeps_its_rest() -> None:
    text = "12 Alder Lane 4242424242424242 Porto"
    found = [Found(0, 36, "ADDRESS", 0.6), Found(14, 30, "CARD", 1.0)]
    kept = best_without_overlaps(found, text)
    assert [(f.entity, text[f.start : f.end]) for f in kept] == [
        ("ADDRESS", "12 Alder Lane"), ("CARD", "4242424242424242"), ("ADDRESS", "Porto"),
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120))
def test_finds_are_in_order_without_overlaps(text: str) -> None:
    found = detector().find(text)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    assert all(text[f.start : f.end].strip() for f in found)


def test_the_same_alone_and_together() -> None:
    texts = ["Call Zelda at 212-555-0143", "nothing here", "mail ana@mail.example"]
    assert detector().find_each(texts) == [detector().find(text) for text in texts]
