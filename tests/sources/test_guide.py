"""The guide about sources says what is there, and its example works."""

import re
from pathlib import Path

from brandtune.sources import CONNECTORS
from brandtune.sources.row_fields import MAPS_TO

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
