"""Exports that have a connector of their own, told by the keys and columns of their first rows."""

from collections.abc import Sequence
from typing import Any

from brandtune.sources.columns import Values
from brandtune.sources.segment import TYPES
from brandtune.sources.vocabulary import plain

_TRAINING_KEYS = frozenset({"messages", "tools", "functions", "parallel_tool_calls", "function_call", "metadata"})
_COLUMNS: dict[str, tuple[frozenset[str], str]] = {
    "shopify": (frozenset({"handle", "title", "bodyhtml"}), "the columns of Shopify's product export"),
    "mailchimp": (
        frozenset({"title", "subject", "list", "senddate", "uniqueopens", "successfuldeliveries"}),
        "the columns of Mailchimp's campaign report",
    ),
    "klaviyo": (
        frozenset({"campaignname", "subject", "sendtime", "uniqueopens", "campaignid"}),
        "the columns of Klaviyo's campaign analytics",
    ),
}


def system_of(kind: str, rows: Sequence[Values]) -> tuple[str, str] | None:
    """The connector and how it was recognised; None for a table of somebody's own."""
    keys = set().union(*rows)
    if kind in ("csv", "excel"):
        have = {plain(key) for key in keys}
        fits = [(name, why) for name, (needed, why) in _COLUMNS.items() if needed <= have]
        return fits[0] if fits and kind == "csv" else None
    if kind not in ("json", "jsonl"):
        return None
    if kind == "jsonl" and (events := sum(map(_is_event, rows))) >= 0.8 * len(rows):
        return "segment", f"{events} of {len(rows)} lines have a Segment type and an id of a user"
    if "comments" in keys and keys & {"requester_id", "satisfaction_rating"}:
        return "zendesk", "tickets with comments and a requester"
    if "conversation_parts" in keys:
        return "intercom", "conversations with conversation_parts"
    if keys & {"annotations", "completions"} and all(isinstance(row.get("data"), dict) for row in rows):
        return "label_studio", "tasks with data and annotations"
    return _training_file(keys, rows)


def _training_file(keys: set[str], rows: Sequence[Values]) -> tuple[str, str] | None:
    if {"preferred_output", "non_preferred_output"} <= keys:
        return "openai", "two outputs to one input, one of them preferred"
    if keys <= _TRAINING_KEYS and all(_messages(row.get("messages"), "role") for row in rows):
        return "openai", "lists of messages with roles and nothing else"
    if all(_messages(row.get("conversations"), "from") for row in rows):
        return "sharegpt", "lists of messages with `from` and `value`"
    return None


def _is_event(row: Values) -> bool:
    return row.get("type") in TYPES and ("userId" in row or "anonymousId" in row)


def _messages(value: Any, key: str) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) and key in each for each in value)
