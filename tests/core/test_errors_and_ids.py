"""The error tree's exit codes and wording; identifiers that are equal on every machine."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandtune.core import errors
from brandtune.core.errors import BrandtuneError
from brandtune.core.ids import content_id, keyed_fraction, keyed_id
from brandtune.core.progress import Silent

EXIT_CODES = {
    "BrandtuneError": 1,
    "UsageError": 2,
    "ConfigError": 2,
    "DataError": 3,
    "SourceError": 3,
    "EmptyDatasetError": 3,
    "GateFailed": 4,
    "NotFoundError": 5,
    "MissingPartError": 6,
    "Interrupted": 130,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def tree(error: type[BrandtuneError]) -> list[type[BrandtuneError]]:
    return [error, *(below for child in error.__subclasses__() for below in tree(child))]


def test_every_error_has_the_exit_code_that_the_command_line_promises() -> None:
    own = {error.__name__: error.exit_code for error in tree(BrandtuneError) if error.__module__ == errors.__name__}
    assert own == EXIT_CODES


def test_the_modules_tree_drawing_names_every_error_with_its_code() -> None:
    assert errors.__doc__
    words = [line.split() for line in errors.__doc__.splitlines()]
    for name, code in EXIT_CODES.items():
        assert any(name in line and str(code) in line for line in words), name


def test_an_error_says_where_what_and_what_to_do() -> None:
    assert str(BrandtuneError("it broke.", where="a.csv:3", fix="Mend it.")) == "a.csv:3: it broke. Mend it."
    assert str(BrandtuneError("it broke.", where="a.csv:3")) == "a.csv:3: it broke."
    assert str(BrandtuneError("it broke.")) == "it broke."


def test_an_error_keeps_its_parts_apart_for_machines() -> None:
    error = BrandtuneError("it broke.", where="a.csv:3", fix="Mend it.")
    assert (error.what, error.where, error.fix) == ("it broke.", "a.csv:3", "Mend it.")


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_the_order_of_keys_does_not_change_an_id(value: dict[str, object]) -> None:
    backwards = dict(reversed(list(value.items())))
    assert content_id(value) == content_id(backwards)


@given(JSON, JSON)
def test_different_values_have_different_ids(a: object, b: object) -> None:
    same = json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)
    assert (content_id(a) == content_id(b)) is same


@given(st.integers(1, 64))
def test_an_id_is_as_long_as_asked(length: int) -> None:
    assert len(content_id("x", length=length)) == len(keyed_id("k", "x", length=length)) == length


def test_ids_are_the_same_as_ever() -> None:
    """Stored ledgers and datasets hold these; a change here orphans them."""
    assert content_id({"a": [1, "é"]}) == "5db14a2cddc92d31"
    assert keyed_id("key", "ana@example.com") == "60a14d1a443af830"


def test_ids_do_not_depend_on_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's own `hash` changes from process to process; these must not."""
    code = "from brandtune.core.ids import *; print(content_id({'a': {1: 'x'}}), keyed_fraction('k', 'v'))"
    monkeypatch.setenv("PYTHONHASHSEED", "123")
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert other == [content_id({"a": {1: "x"}}), str(keyed_fraction("k", "v"))]


def test_a_keyed_id_depends_on_key_and_value_and_hides_the_value() -> None:
    ids = {keyed_id("k1", "ana"), keyed_id("k2", "ana"), keyed_id("k1", "zoe")}
    assert len(ids) == 3
    assert not any("ana" in id_ for id_ in ids)


@given(st.text(), st.text())
def test_a_keyed_fraction_lies_in_0_to_1_and_is_repeatable(key: str, value: str) -> None:
    key = key.encode("utf-8", "ignore").decode()
    fraction = keyed_fraction(key, value)
    assert 0.0 <= fraction < 1.0
    assert fraction == keyed_fraction(key, value)


def test_keyed_fractions_are_spread_evenly() -> None:
    fractions = [keyed_fraction("split", str(number)) for number in range(2000)]
    for tenth in range(10):
        share = sum(tenth / 10 <= fraction < (tenth + 1) / 10 for fraction in fractions) / 2000
        assert 0.07 < share < 0.13


def test_text_that_is_no_valid_unicode_still_has_an_id() -> None:
    assert content_id("\ud800") != content_id("\ud801")
    assert keyed_id("k", "\ud800") != keyed_id("k", "\ud801")


def test_silent_progress_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Silent()
    with progress.task("working", total=3) as bar:
        bar.advance(2, note="halfway")
    progress.say("done")
    assert capsys.readouterr() == ("", "")
