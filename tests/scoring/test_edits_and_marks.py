"""Edit similarity and placeholders."""

from hypothesis import given
from hypothesis import strategies as st

from brandtune.scoring import edit_similarity, needs_revision, unexpected_marks


@given(st.text(max_size=60), st.text(max_size=60))
def test_similarity_is_symmetric_and_bounded(one: str, other: str) -> None:
    value = edit_similarity(one, other)
    assert 0.0 <= value <= 1.0 and value == edit_similarity(other, one)
    assert edit_similarity(one, one) == 1.0


def test_known_value_and_revision() -> None:
    assert edit_similarity("abcd", "abxd") == 0.75  # one deletion and one insertion over eight characters
    assert needs_revision("abcd", "abxd") and not needs_revision("same  text", "same text")


def test_marks_without_context() -> None:
    assert unexpected_marks("[EMAIL] [EMAIL] [PHONE]", context=["call [PHONE]"]) == ("EMAIL",)
    assert unexpected_marks("no [marks] here", context=[]) == ()
