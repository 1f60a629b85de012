"""The ingest stage: what it is made from, and reading through what earlier runs of this workspace kept."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import brandtune
from brandtune import sources
from brandtune.core.progress import Progress
from brandtune.core.storage import read_json, write_json
from brandtune.execution import RunDirectory
from brandtune.sources import Kept, ReadResult
from brandtune.workflows.plan import Plan

_LIMIT = "limit.json"


@dataclass(frozen=True)
class ReadingChoice:
    """How `ingest` was asked to read.

    Attributes:
        limit: At most this many records of each source; the run keeps to it until it is ingested again.
        fresh: Forget what earlier runs read and read everything from the start.
    """

    limit: int | None = None
    fresh: bool = False


def kept_records(plan: Plan) -> Kept:
    """What was read before in a plan's workspace, with its dead letters."""
    return Kept(plan.workspace / "records", database=plan.database, code=brandtune.__version__)


class Ingest:
    """Reads a plan's sources for one run.

    Args:
        plan: Whose sources.
        run: Remembers a limit.
        progress: Where bars and sentences go.
        choice: What the command asked for.
    """

    def __init__(self, plan: Plan, *, run: RunDirectory, progress: Progress, choice: ReadingChoice) -> None:
        self._plan, self._run, self._progress, self._choice = plan, run, progress, choice
        self._kept = kept_records(plan)
        self._limit: int | None = None

    def made_from(self, *, asked: bool) -> dict[str, Any]:
        """What determines the records: settings, files, and what services gave.

        Args:
            asked: True when people asked for ingest itself. Then services are asked for what is new; otherwise a run
                that has ingested goes on with what they gave, so that one run is about one state of the company.
        """
        plan = self._plan
        self._limit = self._remembered_limit(asked=asked)
        if self._choice.fresh:
            self._kept.forget(sources.unique_names(plan.sources))
        made_from: dict[str, Any] = {"sources": [source.model_dump(mode="json") for source in plan.sources]}
        if self._limit is not None:
            content = sources.fingerprint(plan.sources, base_dir=plan.directory)
            return {**made_from, "content": content, "limit": self._limit}
        again = asked or self._run.finished("ingest") is None
        given = self._kept.ask(plan.sources, base_dir=plan.directory, progress=self._progress, again=again)
        return {**made_from, "content": sources.fingerprint(plan.sources, base_dir=plan.directory, services=given)}

    def compute(self) -> ReadResult:
        plan = self._plan
        if self._limit is not None:
            self._progress.say(f"reading at most {self._limit:,} records of each source (--limit)")
            result = sources.read(plan.sources, base_dir=plan.directory, progress=self._progress, limit=self._limit)
        else:
            result = self._kept.read(plan.sources, base_dir=plan.directory, progress=self._progress)
        self._say_rejected(result)
        return result

    def _say_rejected(self, result: ReadResult) -> None:
        """Per source, how many rows were set aside and why."""
        by_source: dict[str, Counter[str]] = {}
        for row in result.rejected:
            by_source.setdefault(row.origin.source if row.origin else "", Counter())[row.reason] += 1
        for source, reasons in by_source.items():
            said = ", ".join(f"{reason} {count:,}" for reason, count in reasons.most_common(5))
            more = f" and {len(reasons) - 5} more reasons" if len(reasons) > 5 else ""
            self._progress.say(f"{source}: {reasons.total():,} rows set aside: {said}{more}.")

    def _remembered_limit(self, *, asked: bool) -> int | None:
        path = self._run.path / _LIMIT
        if self._choice.limit is not None:
            write_json(path, {"limit": self._choice.limit})
        elif asked:
            path.unlink(missing_ok=True)
        return int(read_json(path)["limit"]) if path.is_file() else None
