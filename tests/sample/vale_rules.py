"""A tiny reading of Vale rules for these tests, independent of the product's own interpreter."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml


def load(folder: Path) -> list[dict[str, Any]]:
    return [{"name": path.stem, **yaml.safe_load(path.read_text("utf-8"))} for path in sorted(folder.glob("*.yml"))]


def failures(text: str, *, task: str, rules: list[dict[str, Any]]) -> list[str]:
    return [
        f"{rule['name']}: {found}"
        for rule in rules
        if task in rule.get("tasks", [task])
        for found in _violations(rule, text)
    ]


def _violations(rule: dict[str, Any], text: str) -> list[str]:
    flags = re.IGNORECASE if rule.get("ignorecase") else 0
    match rule["extends"]:
        case "existence":
            return [m[0] for token in rule["tokens"] for m in re.finditer(_bounded(token, rule), text, flags)]
        case "substitution":
            return [m[0] for token in rule["swap"] for m in re.finditer(rf"\b(?:{token})\b", text, flags)]
        case "capitalization":
            return [] if re.match(rule["match"], text) else [text]
        case "repetition":
            return re.findall(r"\b([a-z']+)\s+\1\b", text, re.IGNORECASE)
        case "consistency":
            return [
                f"{one}/{two}"
                for one, two in rule["either"].items()
                if re.search(rf"\b{one}\b", text, flags) and re.search(rf"\b{two}\b", text, flags)
            ]
        case "occurrence":
            parts = re.split(r"(?<=[.?!])\s+|\n+", text) if rule["scope"] == "sentence" else [text]
            return [part[:60] for part in parts if not _in_range(len(re.findall(rule["token"], part)), rule)]
    raise ValueError(rule["extends"])


def _bounded(token: str, rule: dict[str, Any]) -> str:
    return token if rule.get("nonword") else rf"\b(?:{token})\b"


def _in_range(count: int, rule: dict[str, Any]) -> bool:
    return rule.get("min", 0) <= count <= rule.get("max", count)
