"""Finding the passages that fit a message: BM25 through SQLite's FTS5, in memory, no model needed."""

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Passage:
    """A retrievable text; `key` is whatever the caller needs to find it again."""

    key: str
    text: str
    title: str = ""


class Searcher(Protocol):
    """Finds passages: by words (`Retriever`) or by meaning (`models.embedding.DenseRetriever`)."""

    def search(self, query: str, *, k: int) -> list[Passage]:
        """The `k` best passages, best first."""
        ...


class Retriever:
    """BM25 over a fixed list of passages.

    Args:
        passages: What can be found. Titles count twice.

    Example:
        >>> retriever = Retriever([Passage("a", "Returns take 45 days."), Passage("b", "Shipping is free.")])
        >>> [passage.key for passage in retriever.search("how do returns work?", k=1)]
        ['a']
    """

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.passages = tuple(passages)
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self._database.execute("create virtual table passages using fts5(title, body, tokenize='porter unicode61')")
        self._database.executemany(
            "insert into passages(rowid, title, body) values (?, ?, ?)",
            [(index, passage.title, passage.text) for index, passage in enumerate(self.passages)],
        )

    def search(self, query: str, *, k: int) -> list[Passage]:
        """The `k` best passages, best first; fewer when fewer share any word with the query."""
        words = list(dict.fromkeys(word.lower() for word in _WORD.findall(query)))[:200]
        if not words or not self.passages or k <= 0:
            return []
        expression = " OR ".join(f'"{word}"' for word in words)
        rows = self._database.execute(
            "select rowid from passages where passages match ? order by bm25(passages, 2.0, 1.0), rowid limit ?",
            (expression, k),
        )
        return [self.passages[row[0]] for row in rows]
