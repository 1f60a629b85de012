"""Rows of any database that SQLAlchemy speaks to, streamed through a server-side cursor."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_serializer, field_validator

from brandtune.core.errors import BrandtuneError, MissingPartError, SourceError
from brandtune.sources.base import MASKED, Reading
from brandtune.sources.duckdb_query import duckdb_batches
from brandtune.sources.queries import BATCH, Batches, QuerySource

_DRIVERS = {
    "psycopg": "brandtune[postgres]", "pymysql": "pymysql", "MySQLdb": "mysqlclient", "oracledb": "oracledb",
    "pyodbc": "pyodbc", "snowflake": "snowflake-sqlalchemy",
}  # fmt: skip
CONNECT_TIMEOUT_S = 10


class SqlSource(QuerySource):
    """Rows of a database query."""

    kind: Literal["sql"] = "sql"
    """Selects this connector."""
    url: str = Field(repr=False)
    """Address of the database, e.g. `postgresql://reader:${DB_PASSWORD}@db.example.com/shop`; `duckdb:///file.duckdb`
    works too. Passwords come from the environment."""

    @field_validator("url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if "://" not in value:
            raise ValueError("`url` must be a database address such as postgresql://user@host/database")
        return value

    @field_serializer("url")
    def _hide_password(self, url: str) -> str:
        scheme, _, rest = url.partition("://")
        people, at, place = rest.rpartition("@")
        place = re.sub(r"((?:password|passwd|pwd|token|secret)\w*=)[^&]*", r"\1***", place, flags=re.IGNORECASE)
        hidden = f"{people.partition(':')[0]}:{MASKED}" if ":" in people else people
        return f"{scheme}://{hidden}{at}{place}"

    def address(self) -> str:
        scheme, _, rest = self.url.partition("://")
        return f"{scheme.split('+')[0]}://{rest.rpartition('@')[2].split('?')[0]}"

    def quoted(self, column: str) -> str:
        if self._is_duckdb:
            return f'"{column}"'
        import sqlalchemy as sa

        return str(sa.make_url(_with_driver(self.url)).get_dialect()().identifier_preparer.quote(column))

    @property
    def _is_duckdb(self) -> bool:
        return self.url.startswith("duckdb:")

    @contextmanager
    def answer(self, query: str, *, start: Any, reading: Reading) -> Iterator[Batches]:
        if self._is_duckdb:
            path = self.url.partition("://")[2].removeprefix("/")
            with duckdb_batches(query, database=path, start=start, reading=reading) as batches:
                yield batches
            return
        import sqlalchemy as sa

        state = _Progress()
        try:
            engine = _engine(_placed(self.url, reading.base_dir), address=self.address(), where=reading.where)
            with engine.connect() as connection:
                options: dict[str, Any] = {"stream_results": True, "yield_per": BATCH}
                if engine.dialect.name == "postgresql":
                    options["postgresql_readonly"] = True
                parameters = {} if start is None else {"brandtune_start": start}
                result = connection.execution_options(**options).execute(_text(query), parameters)
                state.answered = True
                yield state.counted(result)
        except sa.exc.SQLAlchemyError as error:
            raise self._failure(error, state, reading) from None

    def _failure(self, error: Exception, state: "_Progress", reading: Reading) -> BrandtuneError:
        """What happened, without the driver's own words where those could hold data or the password."""
        import sqlalchemy as sa

        where = f"{reading.where} ({self.address()})"
        if state.answered:
            kept = "what was read before is kept" if self.cursor else "nothing of it is kept, as there is no `cursor`"
            return SourceError(
                f"the database went away or failed after {state.rows:,} rows ({_name(error)}); {kept}.",
                where=where,
                fix="When it is back, run `brandtune ingest` again; with a `cursor` it reads on from there.",
            )
        if isinstance(error, sa.exc.ProgrammingError | sa.exc.OperationalError) and not _is_connection(error):
            said = str(getattr(error, "orig", error)).splitlines()[0]
            return SourceError(
                f"the query cannot be run ({_name(error)}: {said}).", where=where, fix="Correct `query`."
            )
        return SourceError(
            f"the database cannot be reached ({_name(error)}).",
            where=where,
            fix="Check that it runs, the address, the user and the password.",
        )


class _Progress:
    """Whether the database answered, and how many rows it gave."""

    def __init__(self) -> None:
        self.answered, self.rows = False, 0

    def counted(self, result: Any) -> Batches:
        names = list(result.keys())
        for batch in result.partitions(BATCH):
            self.rows += len(batch)
            yield names, batch


def _engine(url: str, *, address: str, where: str) -> Any:
    import sqlalchemy as sa

    try:
        url = _with_driver(url)
        timeout = {"connect_timeout": CONNECT_TIMEOUT_S} if url.startswith("postgresql") else {}
        return sa.create_engine(url, poolclass=sa.pool.NullPool, connect_args=timeout)
    except ModuleNotFoundError as error:
        package = _DRIVERS.get((error.name or "").split(".")[0], error.name)
        raise MissingPartError(
            f"{address} needs the driver {error.name}.", where=where, fix=f"pip install '{package}'"
        ) from None
    except (sa.exc.ArgumentError, ValueError):
        raise SourceError(
            "`url` is not a database address that SQLAlchemy knows.",
            where=f"{where}.url",
            fix="E.g. postgresql://user:${DB_PASSWORD}@host/database or sqlite:///file.db",
        ) from None


def _placed(url: str, base_dir: Path) -> str:
    """A relative SQLite file starts at the configuration's folder, as every path does."""
    scheme, _, path = url.partition(":///")
    if not scheme.startswith("sqlite") or not path or path.startswith(("/", ":memory:", "file:")):
        return url
    return f"{scheme}:///{(base_dir / path).resolve()}"


def _with_driver(url: str) -> str:
    """PostgreSQL through psycopg 3, which is the driver we test."""
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)


def _text(query: str) -> Any:
    """The query as written: a colon in it is no parameter of ours."""
    import sqlalchemy as sa

    return sa.text(re.sub(r"(?<![:\w\\]):(?=\w)(?!brandtune_start\b)", r"\\:", query))


def _name(error: Exception) -> str:
    return type(getattr(error, "orig", None) or error).__name__


def _is_connection(error: Any) -> bool:
    """Whether it failed before any statement was sent."""
    return getattr(error, "statement", None) is None or bool(getattr(error, "connection_invalidated", False))
