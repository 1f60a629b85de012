"""Rows of a DuckDB query: over a DuckDB file, or straight over Parquet, CSV and JSON files."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from brandtune.core.errors import MissingPartError, SourceError
from brandtune.sources.base import Reading
from brandtune.sources.queries import BATCH, Batches, QuerySource


class DuckDbSource(QuerySource):
    """Rows of a DuckDB query, e.g. `SELECT * FROM 'orders/*.parquet'`."""

    kind: Literal["duckdb"] = "duckdb"
    """Selects this connector."""
    path: str = ""
    """DuckDB file to open (read-only), relative to the configuration file; empty for a query over plain files."""

    def address(self) -> str:
        return f"duckdb:{self.path or 'files'}"

    def quoted(self, column: str) -> str:
        return f'"{column}"'

    @contextmanager
    def answer(self, query: str, *, start: Any, reading: Reading) -> Iterator[Batches]:
        with duckdb_batches(query, database=self.path, start=start, reading=reading) as batches:
            yield batches


@contextmanager
def duckdb_batches(query: str, *, database: str, start: Any, reading: Reading) -> Iterator[Batches]:
    """Run a query and give its rows in batches; paths in it start at the configuration's folder.

    Raises:
        MissingPartError: DuckDB is not installed.
        SourceError: The file cannot be opened, or the query cannot be run.
    """
    try:
        import duckdb
    except ImportError:
        raise MissingPartError(
            "this source needs DuckDB.", where=reading.where, fix="pip install 'brandtune[duckdb]'"
        ) from None
    place = str(reading.base_dir / database) if database else ":memory:"
    try:
        connection = duckdb.connect(place, read_only=bool(database))
    except duckdb.Error as error:
        raise SourceError(
            f"{database} cannot be opened ({type(error).__name__}).",
            where=reading.where,
            fix="Check that it is a DuckDB file and that no other program writes to it.",
        ) from None
    with connection:
        try:
            connection.execute(
                f"SET file_search_path = '{str(reading.base_dir.resolve()).replace(chr(39), chr(39) * 2)}'"
            )
            found = connection.execute(*_bound(query, start))
            yield _batches(found)
        except duckdb.Error as error:
            said = str(error).splitlines()[0]
            shown = said if isinstance(error, duckdb.ProgrammingError | duckdb.IOException) else ""
            raise SourceError(
                f"the query cannot be run ({type(error).__name__}{': ' if shown else ''}{shown}).",
                where=reading.where,
                fix="Correct `query`; paths in it start at the folder of brandtune.yaml.",
            ) from None


def _bound(query: str, start: Any) -> tuple[Any, ...]:
    if start is None:
        return (query,)
    return query.replace(":brandtune_start", "$brandtune_start"), {"brandtune_start": start}


def _batches(found: Any) -> Batches:
    names = [column[0] for column in found.description]
    while rows := found.fetchmany(BATCH):
        yield names, rows
