"""The registry: released models, and aliases (`champion`, `challenger`) that move between them and back."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from brandtune.core.errors import NotFoundError
from brandtune.core.records import Struct
from brandtune.core.storage import whole_directory, write_json
from brandtune.lineage.ledger import metadata, open_engine

models_table = sa.Table(
    "models",
    metadata,
    sa.Column("model_id", sa.String(80), primary_key=True),
    sa.Column("base", sa.String(400), nullable=False),
    sa.Column("adapter", sa.String(400), nullable=False),
    sa.Column("run_id", sa.String(80), nullable=False),
    sa.Column("dataset", sa.String(80), nullable=False),
    sa.Column("created_at", sa.String(40), nullable=False),
    sa.Column("evidence", sa.JSON, nullable=False),
)
aliases_table = sa.Table(
    "aliases",
    metadata,
    sa.Column("entry", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("alias", sa.String(80), nullable=False, index=True),
    sa.Column("model_id", sa.String(80), nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
)


class Release(Struct, frozen=True, kw_only=True):
    """A released model: base, adapter folder (relative to the workspace), and the evidence it was released on."""

    model_id: str
    base: str
    adapter: str
    run_id: str
    dataset: str
    created_at: str
    evidence: dict[str, object] = {}


class Registry:
    """Released models in one database, their files under `files`.

    Args:
        url: SQLAlchemy address.
        files: The workspace folder; models live in `files/models/<model id>`.
    """

    def __init__(self, url: str, *, files: Path) -> None:
        self.engine = open_engine(url)
        self.files = files

    def publish(
        self,
        adapter: Path,
        *,
        model_id: str,
        base: str,
        run_id: str,
        dataset: str,
        evidence: dict[str, object],
        card: str,
        alias: str = "champion",
        beside: Mapping[str, Path] | None = None,
    ) -> Release:
        """Copy an adapter into the registry and point `alias` at it; the same model again is not a new release.

        Args:
            beside: Further folders to copy, by the name they get there.
        """
        folder = self.files / "models" / model_id
        with whole_directory(folder) as temporary:
            shutil.copytree(adapter, temporary, dirs_exist_ok=True)
            for name, source in (beside or {}).items():
                shutil.copytree(source, temporary / name)
            (temporary / "README.md").write_text(card, encoding="utf-8")
            write_json(temporary / "evidence.json", evidence)
        known = self._created_at(model_id)
        release = Release(
            model_id=model_id,
            base=base,
            adapter=f"models/{model_id}",
            run_id=run_id,
            dataset=dataset,
            created_at=known or datetime.now(UTC).isoformat(timespec="seconds"),
            evidence=evidence,
        )
        same = models_table.c.model_id == model_id
        change = sa.update(models_table).where(same) if known else sa.insert(models_table)
        with self.engine.begin() as connection:
            connection.execute(change.values(**_row(release)))
        self.promote(model_id, alias=alias)
        return release

    def _created_at(self, model_id: str) -> str | None:
        query = sa.select(models_table.c.created_at).where(models_table.c.model_id == model_id)
        with self.engine.connect() as connection:
            return connection.execute(query).scalar()

    def promote(self, model_id: str, *, alias: str = "champion") -> None:
        """Point an alias at a model, given by id or by another alias; the alias's history is kept.

        Raises:
            NotFoundError: No such model.
        """
        model_id = self.get(model_id).model_id
        if self.current(alias) == model_id:
            return
        row = {"alias": alias, "model_id": model_id, "at": datetime.now(UTC).isoformat(timespec="seconds")}
        with self.engine.begin() as connection:
            connection.execute(sa.insert(aliases_table).values(**row))

    def current(self, alias: str) -> str | None:
        """The model an alias points at now."""
        query = sa.select(aliases_table.c.model_id).where(aliases_table.c.alias == alias)
        with self.engine.connect() as connection:
            return connection.execute(query.order_by(aliases_table.c.entry.desc()).limit(1)).scalar()

    def get(self, name: str) -> Release:
        """A release by model id or alias.

        Raises:
            NotFoundError: Neither; says what exists.
        """
        model_id = self.current(name) or name
        with self.engine.connect() as connection:
            row = (
                connection.execute(sa.select(models_table).where(models_table.c.model_id == model_id))
                .mappings()
                .first()
            )
        if row is None:
            known = ", ".join(release.model_id for release in self.releases()) or "none was released yet"
            raise NotFoundError(
                f"there is no model {name}.", fix=f"Known models: {known}. `brandtune run` trains and releases one."
            )
        return Release(**dict(row))

    def releases(self) -> list[Release]:
        """Every released model, oldest first."""
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(models_table).order_by(models_table.c.created_at)).mappings().all()
        return [Release(**dict(row)) for row in rows]


def _row(release: Release) -> dict[str, object]:
    return {name: getattr(release, name) for name in release.__struct_fields__}
