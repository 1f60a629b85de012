"""Surrogates: natural, consistent, keyed, and taken from ranges that reach nobody."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandtune.core.placeholders import TYPES
from brandtune.curation.personal.surrogate_names import FIRST_NAMES, LAST_NAMES
from brandtune.curation.personal.surrogates import Surrogates, is_surrogate
from brandtune.scoring.personal.checks import iban, luhn

MAKE = Surrogates("a tenant key")


def test_the_same_person_has_the_same_name_everywhere() -> None:
    whole = MAKE.of("PERSON_NAME", "Zelda Marsh", value="zelda")
    first, last = whole.split()
    assert first in FIRST_NAMES and last in LAST_NAMES
    assert MAKE.of("CUSTOMER_NAME", "Zelda", value="participant") == first
    assert MAKE.of("PERSON_NAME", "zelda", value="zelda") == first.lower()
    assert MAKE.of("PERSON_NAME", "ZELDA MARSH", value="zelda") == whole.upper()
    assert MAKE.of("PERSON_NAME", "Marsh, Zelda", value="marsh,") == f"{last}, {first}"
    assert MAKE.of("PERSON_NAME", "Marsh", value="marsh", before="Dear Ms ") == last


def test_another_key_gives_other_names() -> None:
    names = [f"{a}a {b}b" for a in "ABCDEFGHIJ" for b in "ABCDEFGHIJ"]
    other = Surrogates("another key")
    same = sum(MAKE.of("PERSON_NAME", n, value=n) == other.of("PERSON_NAME", n, value=n) for n in names)
    assert same <= 2
    assert len({MAKE.of("PERSON_NAME", n, value=n) for n in names}) > 60


@pytest.mark.parametrize(
    "written", ["+44 20 7946 0958", "07700 900123", "212-555-0143", "+1 (212) 555-0143", "+49 30 901820", "030 901820"]
)
def test_phones_are_fictional(written: str) -> None:
    made = MAKE.of("PHONE", written, value=written)
    assert is_surrogate("PHONE", made) and made.startswith("+") == written.startswith("+")
    assert phonenumbers.is_possible_number(phonenumbers.parse(made, "GB" if made.startswith("0") else "US"))


def test_contacts_and_numbers_keep_their_kind_and_reach_nobody() -> None:
    assert is_surrogate("EMAIL", MAKE.of("EMAIL", "ana@mail.test", value="ana@mail.test"))
    card = MAKE.of("CARD", "4242 4242 4242 4242", value="4242")
    assert [len(part) for part in card.split()] == [4, 4, 4, 4] and not luhn(card.replace(" ", ""))
    account = MAKE.of("IBAN", "GB82 WEST 1234 5698 7654 32", value="x")
    assert account.startswith("GB00") and not iban(account)
    order = MAKE.of("ORDER_ID", "LK-482913", value="lk-482913")
    assert order.startswith("LK-") and len(order) == 9 and order != "LK-482913"
    assert MAKE.of("ID", "192.168.10.44", value="x").startswith("203.0.113.")
    assert MAKE.of("URL", "https://shop.test/o?token=1", value="x").startswith("https://example.com/")
    assert MAKE.of("ADDRESS", "12 Alder Lane, Sheffield", value="x").count(",") == 1


@pytest.mark.parametrize("real", ["ana@mail.test", "ana@example.company"])
def test_real_addresses_are_no_surrogates(real: str) -> None:
    assert not is_surrogate("EMAIL", real) and not is_surrogate("PHONE", "+44 20 7946 0958")


@given(st.sampled_from(TYPES), st.text(min_size=1, max_size=40))
def test_any_text_of_any_type_has_a_surrogate_and_always_the_same(type_: str, text: str) -> None:
    made = MAKE.of(type_, text, value=text)  # type: ignore[arg-type]
    assert made == Surrogates("a tenant key").of(type_, text, value=text)  # type: ignore[arg-type]
