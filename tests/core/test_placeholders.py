"""Marks for personal data: how they are written, found and filled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandtune.core.placeholders import PATTERN, TYPES, fill, mark

TYPE = st.sampled_from(TYPES)
NUMBER = st.integers(1, 99)
PLAIN = st.text(st.characters(exclude_characters="[]"), max_size=20)


@given(TYPE, NUMBER)
def test_every_mark_is_found_whole_with_its_type_and_number(type_: str, number: int) -> None:
    text = mark(type_, number)
    found = PATTERN.fullmatch(text)
    assert found
    assert found["type"] == type_
    assert int(found["number"] or 1) == number


@given(st.lists(st.tuples(PLAIN, TYPE, NUMBER), max_size=5), PLAIN)
def test_filling_puts_every_value_where_its_mark_stood(pieces: list[tuple[str, str, int]], rest: str) -> None:
    text = "".join(before + mark(type_, number) for before, type_, number in pieces) + rest
    values = {mark(type_, number)[1:-1]: f"<{type_}{number}>" for _, type_, number in pieces}
    wanted = "".join(f"{before}<{type_}{number}>" for before, type_, number in pieces) + rest
    assert fill(text, values) == (wanted, ())


@given(PLAIN)
def test_text_without_marks_is_left_alone(text: str) -> None:
    assert fill(text, {"EMAIL": "x"}) == (text, ())


def test_marks_without_a_value_stay_and_are_named_once_in_order() -> None:
    text = "[PHONE] [EMAIL] [PHONE] [EMAIL_2]"
    assert fill(text, {"EMAIL": "a@b.example"}) == ("[PHONE] a@b.example [PHONE] [EMAIL_2]", ("PHONE", "EMAIL_2"))


def test_a_value_that_looks_like_a_mark_is_not_filled_again() -> None:
    assert fill("[CUSTOMER_NAME]", {"CUSTOMER_NAME": "[EMAIL]", "EMAIL": "a@b.example"}) == ("[EMAIL]", ())


def test_a_value_with_backslashes_is_put_in_as_it_is() -> None:
    assert fill("[ADDRESS]", {"ADDRESS": r"C:\1\g<0>"}) == (r"C:\1\g<0>", ())


@pytest.mark.parametrize("text", ["[email]", "[EMAIL ]", "EMAIL", "[EMAIL_]", "[EMAIL_x]", "[UNKNOWN]", "[[]]"])
def test_what_only_looks_like_a_mark_is_text(text: str) -> None:
    assert fill(text, {"EMAIL": "x", "UNKNOWN": "x"}) == (text, ())
