"""Stable identifiers: content hashes, and keyed hashes that stay the same when people are erased."""

import hashlib
import hmac
import json
from typing import Any


def content_id(value: Any, *, length: int = 16) -> str:
    """Hash of any JSON-able value; equal values give equal ids on every machine.

    >>> content_id({"b": 1, "a": 2}) == content_id({"a": 2, "b": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]


def keyed_id(key: str, value: str, *, length: int = 16) -> str:
    """HMAC-SHA256 of `value` under `key`, hex, cut to `length` characters."""
    return hmac.new(key.encode(), value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:length]


def keyed_fraction(key: str, value: str) -> float:
    """A number in [0, 1) that depends only on `key` and `value`: the basis of every stable random choice."""
    return int(keyed_id(key, value, length=13), 16) / 16**13
