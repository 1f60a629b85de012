"""Shapes: found with their kind, left alone without their cue, and never slow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandtune.scoring.personal.shapes import SHAPES, find_shapes


@pytest.mark.parametrize(
    ("text", "kind", "written"),
    [
        ("write to ana.lopez+x@mail.example.com.", "EMAIL", "ana.lopez+x@mail.example.com"),
        ("see https://shop.example/a?b=1.", "URL", "https://shop.example/a?b=1"),
        ("on foo-bar.co.uk today", "DOMAIN", "foo-bar.co.uk"),
        ("from 192.168.10.44 I think", "IP", "192.168.10.44"),
        ("at fe80::1ff:fe23:4567:890a now", "IP", "fe80::1ff:fe23:4567:890a"),
        ("device 00:1B:44:11:3A:B7", "MAC", "00:1B:44:11:3A:B7"),
        ("id 123e4567-e89b-12d3-a456-426614174000", "UUID", "123e4567-e89b-12d3-a456-426614174000"),
        ("card 4242-4242-4242-4242", "CARD", "4242-4242-4242-4242"),
        ("to DE89 3704 0044 0532 0130 00 today", "IBAN", "DE89 3704 0044 0532 0130 00"),
        ("my number 536-22-1234", "SSN", "536-22-1234"),
        ("ssn: 536221234", "SSN", "536221234"),
        ("NHS number 943 476 5919", "HEALTH_ID", "943 476 5919"),
        ("my DNI 12345678Z", "NATIONAL_ID", "12345678Z"),
        ("NINO AB 12 34 56 C", "NATIONAL_ID", "AB 12 34 56 C"),
        ("passport A12345678", "PASSPORT", "A12345678"),
        ("driver's license D1234567", "DRIVER_LICENSE", "D1234567"),
        ("account number 12345678", "BANK_ACCOUNT", "12345678"),
        ("pay 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "CRYPTO", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        ("on 2024-05-12", "DATE_TIME", "2024-05-12"),
        ("on 12 May 2024", "DATE_TIME", "12 May 2024"),
    ],
)
def test_found(text: str, kind: str, written: str) -> None:
    assert (kind, written) in [(f.entity, text[f.start : f.end]) for f in find_shapes(text)]


@pytest.mark.parametrize(
    "text",
    [
        "", "😀", "within 3 to 5 days", "4242 4242 4242 4241", "the end.The next", "at 10:30", "size 54 to 60",
        "A12345678", "item 12345678A", "000-12-3456", "version 1.2.3", "e.g. this", "GB82 WEST 1234 5698 7654 33",
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
    ],
)  # fmt: skip
def test_left_alone(text: str) -> None:
    assert find_shapes(text) == []


@given(st.text(max_size=200))
def test_places_are_inside_and_not_empty(text: str) -> None:
    assert all(0 <= f.start < f.end <= len(text) and 0 < f.score <= 1 for f in find_shapes(text))


@pytest.mark.timeout(120)
@pytest.mark.parametrize("unit", ["a", "1-", "1 ", "1.", "a.", "@", "0:", "A1", "Jan ", "-", "a@", "1 a"])
def test_a_megabyte_of_anything(unit: str) -> None:
    find_shapes((unit * 1_000_000)[:1_000_000])


def test_wherever_a_cue_stands_one_of_its_stems_does() -> None:
    said = "SSN ssns Social Security ITIN itins taxpayer id Tax number TIN NHS health service Aadhaar ABN passport Reisepass"
    said += (
        "|driver's license|Driving Licence|driving permit|LICENSE NO|dl|Führerschein|Permis|account|Bank|a/c|sort code"
    )
    for shape in SHAPES:
        for words in [*said.split("|"), *said.split()]:
            if shape.cue and shape.cue.search(words):
                assert any(stem in words.lower() for stem in shape.stems), (shape.entity, words)
