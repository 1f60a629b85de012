"""Shapes of personal data: found, not found, checked digits, and no slow pattern."""

import pytest

from brandtune.scoring.personal_patterns import find_leftovers, find_personal_patterns, iban, luhn


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("write to ana.lopez+x@mail.example.com.", "EMAIL", "ana.lopez+x@mail.example.com"),
        ("call me on 212-555-0143", "PHONE", "212-555-0143"),
        ("ring +44 20 7946 0958 please", "PHONE", "+44 20 7946 0958"),
        ("My number is 07700 900123.", "PHONE", "07700 900123"),
        ("paid with 4242 4242 4242 4242", "CARD", "4242 4242 4242 4242"),
        ("to DE89 3704 0044 0532 0130 00 today", "IBAN", "DE89 3704 0044 0532 0130 00"),
        ("order LK-482913 is late", "ORDER_ID", "LK-482913"),
        ("see lk-482913", "ORDER_ID", "lk-482913"),
        ("ref #12345678", "ORDER_ID", "#12345678"),
        ("order number 482913", "ORDER_ID", "482913"),
        ("from 192.168.10.44 I think", "ID", "192.168.10.44"),
        ("track 1Z999AA10123456784", "ID", "1Z999AA10123456784"),
        ("I live at 12 Alder Lane, Sheffield", "ADDRESS", "12 Alder Lane, Sheffield"),
        ("to 14 Old Post Road, Denver, CO 80202 please", "ADDRESS", "14 Old Post Road, Denver, CO 80202"),
        ("in the Lindenstraße 5", "ADDRESS", "Lindenstraße 5"),
        ("au 12 rue de la Paix", "ADDRESS", "12 rue de la Paix"),
        ("https://shop.example/o?token=a1b2 does nothing", "URL", "https://shop.example/o?token=a1b2"),
    ],
)
def test_found(text: str, type_: str, value: str) -> None:
    assert [(span.type, text[span.start : span.end]) for span in find_personal_patterns(text)] == [(type_, value)]


@pytest.mark.parametrize(
    "text",
    [
        "within 3 to 5 business days", "$1,250.00 off", "2024-05-12 at 10:30", "size 54 to 60 cm", "Fernway 2 Tent",
        "4242 4242 4242 4241", "https://shop.example/returns", "120 x 80 x 45", "100%", "the 5 best",
        "[EMAIL] [PHONE_2]", "", "😀", "שלום 12",
    ],
)  # fmt: skip
def test_left_alone(text: str) -> None:
    assert find_personal_patterns(text) == []


def test_check_digits() -> None:
    assert luhn("4111111111111111") and not luhn("4111111111111112") and not luhn("0000000000000000")
    assert iban("GB82 WEST 1234 5698 7654 32") and not iban("GB82 WEST 1234 5698 7654 33")


def test_leftovers_are_stricter() -> None:
    assert not find_leftovers("order LK-482913, 12 Alder Lane")
    assert {span.type for span in find_leftovers("a@b.example, 4242424242424242, +442079460958")} == {
        "EMAIL",
        "CARD",
        "PHONE",
    }


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "1",
        "A",
        " ",
        ".",
        "-",
        "@",
        "1 ",
        "A ",
        "a.",
        "1-",
        "/",
        "http://",
        "(",
        "1 A",
        "+1",
        "A1",
        "#",
        "\n",
        "[",
        "Aa ",
        "12 Aa ",
    ],
)
def test_two_megabytes_of_anything(unit: str) -> None:
    find_personal_patterns((unit * 2_000_000)[:2_000_000])
