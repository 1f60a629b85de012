"""Results for other people's tools: tidy Parquet files beside the report, and tables with a view in the database.

One row an arm, example and metric; one row a contrast; one row a vote. Numbers and pseudonyms alone, never a text.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from brandtune.core.errors import NotFoundError
from brandtune.core.storage import adopt
from brandtune.evaluation.results import Report
from brandtune.execution import RunDirectory
from brandtune.lineage.ledger import open_engine
from brandtune.workflows import keeping
from brandtune.workflows.keys import tenant_key
from brandtune.workflows.plan import Plan
from brandtune.workflows.voted import vote_rows

RESULTS, CONTRASTS, VOTES, VIEW, VOTES_VIEW = "results", "contrasts", "votes", "results_by_arm", "votes_by_arm"
metadata = sa.MetaData()


def _about_run() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("run_id", sa.String(80), nullable=False, index=True), sa.Column("evaluated_at", sa.String(40))


results_table = sa.Table(
    RESULTS,
    metadata,
    *_about_run(),
    sa.Column("arm", sa.String(80), nullable=False),
    sa.Column("tuned", sa.Boolean, nullable=False),
    sa.Column("task", sa.String(80), nullable=False),
    sa.Column("example_id", sa.String(80), nullable=False),
    sa.Column("customer", sa.String(80), nullable=False),
    sa.Column("metric", sa.String(80), nullable=False),
    sa.Column("value", sa.Float, nullable=False),
)
contrasts_table = sa.Table(
    CONTRASTS,
    metadata,
    *_about_run(),
    sa.Column("metric", sa.String(80), nullable=False),
    sa.Column("arm", sa.String(80), nullable=False),
    sa.Column("baseline", sa.String(80), nullable=False),
    sa.Column("is_primary", sa.Boolean, nullable=False),
    sa.Column("difference", sa.Float),
    sa.Column("low", sa.Float),
    sa.Column("high", sa.Float),
    sa.Column("p_value", sa.Float),
    sa.Column("p_adjusted", sa.Float),
    sa.Column("num_examples", sa.Integer, nullable=False),
    sa.Column("num_customers", sa.Integer, nullable=False),
    sa.Column("minimum_detectable", sa.Float),
    sa.Column("method", sa.String(200), nullable=False),
    sa.Column("verdict", sa.String(20)),
)
votes_table = sa.Table(
    VOTES,
    metadata,
    *_about_run(),
    sa.Column("voter_kind", sa.String(20), nullable=False),
    sa.Column("voter", sa.String(200)),
    sa.Column("arm", sa.String(80), nullable=False),
    sa.Column("tuned", sa.Boolean, nullable=False),
    sa.Column("task", sa.String(80), nullable=False),
    sa.Column("example_id", sa.String(80), nullable=False),
    sa.Column("customer", sa.String(80), nullable=False),
    sa.Column("preferred", sa.String(20), nullable=False),
    sa.Column("value", sa.Float, nullable=False),
)
_VIEWS = {
    VIEW: f"""CREATE VIEW {VIEW} AS
SELECT run_id, evaluated_at, task, arm, tuned, metric, COUNT(*) AS num_examples,
       COUNT(DISTINCT customer) AS num_customers, AVG(value) AS mean
FROM {RESULTS} GROUP BY run_id, evaluated_at, task, arm, tuned, metric""",
    VOTES_VIEW: f"""CREATE VIEW {VOTES_VIEW} AS
SELECT run_id, evaluated_at, task, arm, tuned, voter_kind, COUNT(*) AS num_votes,
       COUNT(DISTINCT voter) AS num_voters, COUNT(DISTINCT example_id) AS num_examples,
       SUM(CASE WHEN preferred = 'ours' THEN 1 ELSE 0 END) AS wins,
       SUM(CASE WHEN preferred = 'tie' THEN 1 ELSE 0 END) AS ties,
       SUM(CASE WHEN preferred = 'human' THEN 1 ELSE 0 END) AS losses, AVG(value) AS score
FROM {VOTES} GROUP BY run_id, evaluated_at, task, arm, tuned, voter_kind""",
}


def export_results(plan: Plan, run: RunDirectory) -> tuple[Path, ...]:
    """Write `results.parquet`, `contrasts.parquet` and `votes.parquet` into the run, and the same rows into the database.

    What the database held of this run is replaced.

    Raises:
        NotFoundError: The run has no evaluation.
        MissingPartError: The database cannot be opened.
    """
    record = run.finished("evaluate")
    if record is None:
        raise NotFoundError(f"run {run.run_id} has no evaluation.", fix="Run `brandtune evaluate` first.")
    report = keeping.load_report(run.path / "evaluate")
    about = {"run_id": run.run_id, "evaluated_at": record.finished_at}
    found = (
        (results_table, result_rows(report)),
        (contrasts_table, contrast_rows(report)),
        (votes_table, vote_rows(report, run, key=tenant_key(plan.workspace))),
    )
    tables = [(table, [about | row for row in rows]) for table, rows in found]
    for table, rows in tables:
        _write_parquet(run.path / f"{table.name}.parquet", rows, table)
    _write_tables(plan.database, run.run_id, tables)
    return tuple(run.path / f"{table.name}.parquet" for table, _ in tables)


def result_rows(report: Report) -> Iterator[dict[str, Any]]:
    """One row for each arm, example and metric; tokens are metrics too."""
    tuned = {arm.name: arm.tuned for arm in report.arms}
    for example in report.examples:
        for arm, scores in example.scores.items():
            sizes = example.tokens.get(arm)
            used = {"prompt_tokens": float(sizes[0]), "reply_tokens": float(sizes[1])} if sizes else {}
            for metric, value in {**scores, **used}.items():
                yield {
                    "arm": arm, "tuned": tuned.get(arm, False), "task": example.task, "example_id": example.example_id,
                    "customer": example.customer, "metric": metric, "value": value,
                }  # fmt: skip


def contrast_rows(report: Report) -> Iterator[dict[str, Any]]:
    """One row for each contrast; the verdict stands on the primary one."""
    for contrast in report.contrasts:
        primary = contrast == report.verdict.primary
        yield {
            "metric": contrast.metric, "arm": contrast.arm, "baseline": contrast.baseline, "is_primary": primary,
            "difference": contrast.difference.value, "low": contrast.difference.low, "high": contrast.difference.high,
            "p_value": contrast.p_value, "p_adjusted": contrast.p_adjusted, "num_examples": contrast.difference.n,
            "num_customers": contrast.num_clusters, "minimum_detectable": contrast.minimum_detectable,
            "method": contrast.method, "verdict": report.verdict.outcome if primary else None,
        }  # fmt: skip


def _write_parquet(path: Path, rows: list[dict[str, Any]], table: sa.Table) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    types = {sa.Boolean: pa.bool_(), sa.Float: pa.float64(), sa.Integer: pa.int64(), sa.String: pa.string()}
    schema = pa.schema([(column.name, types[type(column.type)]) for column in table.columns])
    temporary = path.with_name(f".{path.name}.part")
    parquet.write_table(pa.Table.from_pylist(rows, schema=schema), temporary)
    adopt(temporary, path)


def _write_tables(url: str, run_id: str, tables: Sequence[tuple[sa.Table, list[dict[str, Any]]]]) -> None:
    engine = open_engine(url)
    metadata.create_all(engine)
    with engine.begin() as connection:
        there = sa.inspect(connection).get_view_names()
        for name, statement in _VIEWS.items():
            if name not in there:
                connection.execute(sa.text(statement))
        for table, content in tables:
            connection.execute(sa.delete(table).where(table.c.run_id == run_id))
            if content:
                connection.execute(sa.insert(table), content)
