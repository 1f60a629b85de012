"""The guide about sources says what is there, and its example works."""

import doctest
import re
from pathlib import Path

import pytest

from brandtune.sources import CONNECTORS, reading, values, vocabulary
from brandtune.sources.row_fields import MAPS_TO
from brandtune.testing import connectors

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "guides" / "sources.md").read_text(encoding="utf-8")


def test_every_kind_and_meaning_is_named():
    missing = [name for name in (*CONNECTORS, *MAPS_TO) if f"`{name}`" not in GUIDE]
    assert missing == []


def test_the_example_keeps_the_contract(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", GUIDE, flags=re.DOTALL)
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "sources.md", "exec"), names)
    names["test_acme_keeps_the_contract"](tmp_path)


@pytest.mark.parametrize("module", [values, reading, vocabulary, connectors], ids=lambda module: module.__name__)
def test_examples_in_docstrings_are_true(module):
    done = doctest.testmod(module)
    assert done.attempted and not done.failed
