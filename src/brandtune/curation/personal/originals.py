"""Where the originals of surrogates are kept: a database of its own, readable with the tenant key only.

Each person has a random key, stored encrypted under the tenant key; a row's original is encrypted (AES-256-GCM) under
its person's key, and what rows are looked up by are HMACs. `forget` deletes the person's key and rows: what backups still
hold of the rows cannot be read any more once their copy of the key is gone too.
"""

import hmac
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from brandtune.core.errors import DataError

_TABLES = """
create table if not exists people (person blob primary key, wrapped blob not null);
create table if not exists pseudonyms (
  row blob primary key, person blob not null references people, surrogate blob not null, original blob not null
);
create index if not exists by_surrogate on pseudonyms (surrogate);
create index if not exists by_person on pseudonyms (person);
create table if not exists about (name text primary key, value blob not null);
"""
NOBODY = "nobody we know"


@dataclass(frozen=True)
class Original:
    """One surrogate and what it stands for."""

    subject: str | None
    type: str
    surrogate: str
    original: str


class Originals:
    """The mapping of one workspace.

    Args:
        path: The database file; made on first use, readable by its owner only.
        key: The tenant key.

    Raises:
        DataError: The file was written under another key, or is no such database.
    """

    def __init__(self, path: Path, *, key: str) -> None:
        self._path = path
        self._wrap, self._look_up = (_derived(key, purpose) for purpose in ("wrap", "look up"))

    def add(self, rows: Iterable[Original]) -> int:
        """Keep what surrogates stand for; what is known already is left as it is. Returns how many rows are new."""
        keys: dict[bytes, bytes] = {}
        with closing(self._connect()) as base, base:
            return sum(self._add(base, row, keys) for row in rows)

    def reveal(self, type_: str, surrogate: str) -> list[Original]:
        """Every original that a surrogate stands for; more than one where a reserved range is narrow."""
        if not self._path.exists():
            return []
        wanted = self._hash("surrogate", type_, surrogate.casefold())
        with closing(self._connect()) as base:
            rows = base.execute(
                "select original, wrapped from pseudonyms join people using (person) where surrogate = ?", (wanted,)
            ).fetchall()
        return [self._opened(original, wrapped) for original, wrapped in rows]

    def forget(self, subject: str) -> int:
        """Delete a person's key and rows. Returns how many rows there were."""
        if not self._path.exists():
            return 0
        person = self._hash("person", subject)
        with closing(self._connect()) as base, base:
            gone = base.execute("delete from pseudonyms where person = ?", (person,)).rowcount
            base.execute("delete from people where person = ?", (person,))
        with closing(self._connect()) as base:
            base.execute("vacuum")
        return int(gone)

    def _add(self, base: sqlite3.Connection, row: Original, keys: dict[bytes, bytes]) -> int:
        person = self._hash("person", row.subject or NOBODY)
        if person not in keys:
            keys[person] = self._person_key(base, person)
        plain = "\0".join((row.subject or "", row.type, row.surrogate, row.original)).encode()
        values = (
            self._hash("row", row.subject or NOBODY, row.type, row.original),
            person,
            self._hash("surrogate", row.type, row.surrogate.casefold()),
            _sealed(keys[person], plain),
        )
        return base.execute("insert or ignore into pseudonyms values (?, ?, ?, ?)", values).rowcount

    def _person_key(self, base: sqlite3.Connection, person: bytes) -> bytes:
        found = base.execute("select wrapped from people where person = ?", (person,)).fetchone()
        if found:
            return _opened(self._wrap, found[0])
        made = os.urandom(32)
        base.execute("insert into people values (?, ?)", (person, _sealed(self._wrap, made)))
        return made

    def _opened(self, original: bytes, wrapped: bytes) -> Original:
        parts = _opened(_opened(self._wrap, wrapped), original).decode().split("\0")
        return Original(subject=parts[0] or None, type=parts[1], surrogate=parts[2], original=parts[3])

    def _hash(self, *parts: str) -> bytes:
        return hmac.new(self._look_up, "\0".join(parts).encode(), sha256).digest()

    def _connect(self) -> sqlite3.Connection:
        if not self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        base = sqlite3.connect(self._path, timeout=30)
        try:
            base.execute("pragma secure_delete = on")
            base.executescript(_TABLES)
            self._check_key(base)
        except sqlite3.DatabaseError as error:
            base.close()
            raise DataError(
                f"not a database of pseudonyms ({error}).",
                where=str(self._path),
                fix="Move the file away, or restore it from a backup.",
            ) from None
        except DataError:
            base.close()
            raise
        return base

    def _check_key(self, base: sqlite3.Connection) -> None:
        mine = self._hash("whose key")
        with base:
            base.execute("insert or ignore into about values ('key', ?)", (mine,))
        if base.execute("select value from about where name = 'key'").fetchone()[0] != mine:
            raise DataError(
                "these pseudonyms were made under another tenant key.",
                where=str(self._path),
                fix="Set `BRANDTUNE_KEY` to the key they were made with, or move the file away.",
            )


def _derived(key: str, purpose: str) -> bytes:
    return hmac.new(key.encode(), f"brandtune originals: {purpose}".encode(), sha256).digest()


def _sealed(key: bytes, plain: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(12)
    return nonce + AESGCM(key).encrypt(nonce, plain, None)


def _opened(key: bytes, sealed: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(sealed[:12], sealed[12:], None)
    except InvalidTag:
        raise DataError(
            "a row of the pseudonyms was changed from outside.", fix="Restore the file from a backup."
        ) from None
