"""One written sample company at scale 1, shared by all tests of the room."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from brandtune.sample import SampleSummary, write

sys.path.insert(0, str(Path(__file__).parent))


@dataclass
class Company:
    """The files, read once each."""

    root: Path
    summary: SampleSummary

    def csv(self, name: str) -> list[dict[str, str]]:
        with (self.root / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def jsonl(self, name: str) -> list[dict[str, Any]]:
        paths = sorted(self.root.glob(name))
        return [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()]

    @cached_property
    def desk(self) -> dict[str, Any]:
        return json.loads((self.root / "data/tickets.json").read_text("utf-8"))

    @cached_property
    def truth(self) -> dict[int, dict[str, Any]]:
        return {row["ticket_id"]: row for row in self.jsonl("truth/tickets.jsonl")}

    @cached_property
    def agents(self) -> set[int]:
        return {user["id"] for user in self.desk["users"] if user["role"] == "agent"}

    def replies(self, ticket: dict[str, Any]) -> list[str]:
        return [c["body"] for c in ticket["comments"] if c["public"] and c["author_id"] in self.agents]


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    root = tmp_path_factory.mktemp("larkspur")
    return Company(root, write(root))
