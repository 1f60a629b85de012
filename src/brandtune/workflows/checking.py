"""Preflight over a whole plan: what can be reached, what was kept and dropped and why, what training would see."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from brandtune import sources
from brandtune.core.brand import load_brand
from brandtune.core.errors import BrandtuneError, SourceError
from brandtune.core.examples import Dropped
from brandtune.core.records import Struct
from brandtune.datasets import DatasetVersion, LeakReport, total
from brandtune.evaluation.results import FunnelStep
from brandtune.evaluation.served.config import require_engine
from brandtune.execution import RunDirectory
from brandtune.models import Model, load_model
from brandtune.training import TrainingConfig, preflight
from brandtune.training.estimate import Preflight
from brandtune.training.preview import Shown
from brandtune.workflows import expecting, keeping, tuning
from brandtune.workflows.enough import Enough, enough
from brandtune.workflows.plan import Plan
from brandtune.workflows.starting_point import starting_point
from brandtune.workflows.tuning import learnt_from

PLACES = 5


class SourceCheck(Struct, frozen=True, kw_only=True):
    """One source: `problem` is empty when its first record could be read."""

    name: str
    kind: str
    problem: str = ""


class DropReason(Struct, frozen=True, kw_only=True):
    """Rows that are not used for one reason; `places` are the first few, as file and line."""

    step: str
    reason: str
    count: int
    places: tuple[str, ...] = ()


class LaterPhase(Struct, frozen=True, kw_only=True):
    """What a further phase of training will take, and learn; the fields as in `Preflight`."""

    objective: str
    num_examples: int
    num_steps: int
    seconds: float
    memory: int
    num_turns: int = 0
    num_scored: int = 0
    end_token: str = ""
    previews: tuple[Shown, ...] = ()


class Checked(Struct, frozen=True, kw_only=True):
    """Everything that can be known before training.

    Attributes:
        files: What was read, and how many records each file gave.
        dropped: Rows that could not be read, that curation dropped and that the split left out, by reason.
        counts: Examples by split and task; preferences and rated answers likewise.
        training: The first phase of training; `later` are those of `training.then`.
    """

    dataset: str
    sources: tuple[SourceCheck, ...]
    files: tuple[keeping.FileSummary, ...]
    funnel: tuple[FunnelStep, ...]
    dropped: tuple[DropReason, ...]
    counts: dict[str, dict[str, int]]
    preferences: dict[str, dict[str, int]]
    rated: dict[str, dict[str, int]]
    leak_report: LeakReport
    enough: Enough
    training: Preflight
    later: tuple[LaterPhase, ...] = ()

    @property
    def num_preferences(self) -> int:
        return total(self.preferences)

    @property
    def num_rated(self) -> int:
        return total(self.rated)


def check_sources(plan: Plan) -> tuple[SourceCheck, ...]:
    """Read the first record of every source.

    Raises:
        SourceError: Some cannot be reached or read; names every one of them, so that all can be mended at once.
    """
    found: list[SourceCheck] = []
    errors: list[BrandtuneError] = []
    for source in plan.sources:
        problem = ""
        try:
            sources.read([source], base_dir=plan.directory, limit=1)
        except BrandtuneError as error:
            problem = str(error)
            errors.append(error)
        found.append(SourceCheck(name=source.source_name(), kind=str(source.kind), problem=problem))
    if len(errors) == 1:
        raise errors[0]
    if errors:
        told = "\n".join(f"  {check.name}: {check.problem}" for check in found if check.problem)
        raise SourceError(f"{len(errors)} of {len(found)} sources cannot be read:\n{told}", where="sources")
    return tuple(found)


def check_settings(plan: Plan) -> None:
    """Refuse what would stop the evaluation or the release of a model that is trained by then.

    Raises:
        ConfigError, UsageError, MissingPartError, NotFoundError, DataError: As in `evaluation.readiness`.
    """
    tuning.require_evaluable(plan)
    if plan.release.serve_as:
        require_engine(plan.release.serve_as)


def preflight_plan(plan: Plan, run: RunDirectory, *, reached: Sequence[SourceCheck] = ()) -> Checked:
    """Check a run that is frozen.

    Args:
        reached: What `check_sources` found.

    Raises:
        DataError: An assistant turn would be learnt without its end; or a file of the dataset was changed.
    """
    version = keeping.load_version(plan.workspace)(run.path / "freeze")
    version.verify()
    curated = keeping.load_curated(run.path / "curate")
    model = load_model(
        plan.base, precision=plan.training.precision, device=plan.training.loading_device, base_dir=plan.directory
    )
    facts = version.facts()
    planned = enough(version, plan=plan, renderer=model.renderer, context=model.context)
    tuning.require_ready(version, plan=plan, brand=load_brand(plan.brand, base_dir=plan.directory))
    first, *later = plan.training.phases
    earlier = starting_point(plan)
    trained = _preflight(version, model, plan=plan, config=first, start=earlier.folder if earlier else None)
    expecting.keep(trained, plan=plan, dataset=version.version)
    return Checked(
        dataset=version.version,
        sources=tuple(reached),
        files=tuple(keeping.load_files(run.path / "ingest")),
        funnel=tuple(curated.funnel),
        dropped=_reasons(_all_dropped(run.path, curated, version)),
        counts=version.counts,
        preferences=facts.preferences,
        rated=facts.rated,
        leak_report=version.leak_report,
        enough=planned,
        training=trained,
        later=tuple(_later(version, plan=plan, config=config) for config in later),
    )


def _preflight(
    version: DatasetVersion, model: Model, *, plan: Plan, config: TrainingConfig, start: Path | None = None
) -> Preflight:
    return preflight(
        learnt_from(version, "train", plan=plan, objective=config.objective),
        model=model,
        config=config.located(plan.directory),
        validation=learnt_from(version, "validation", plan=plan, objective=config.objective),
        start=start if config.method == "lora" else None,
    )


def _later(version: DatasetVersion, *, plan: Plan, config: TrainingConfig) -> LaterPhase:
    """What a further phase will take; its own start is not there yet, which changes no size."""
    model = load_model(plan.base, precision=config.precision, device=config.loading_device, base_dir=plan.directory)
    found = _preflight(version, model, plan=plan, config=config)
    return LaterPhase(
        objective=config.objective, num_examples=found.num_examples, num_steps=found.num_steps, seconds=found.seconds,
        memory=found.memory, num_turns=found.num_turns, num_scored=found.num_scored, end_token=found.end_token,
        previews=found.previews,
    )  # fmt: skip


def _all_dropped(run: Path, curated: keeping.Curated, version: DatasetVersion) -> Iterable[Dropped]:
    yield from keeping.load_rejected(run / "ingest")
    yield from curated.dropped
    yield from version.left_out()


def _reasons(rows: Iterable[Dropped]) -> tuple[DropReason, ...]:
    """Most frequent first; rows alone, never their text."""
    counts: Counter[tuple[str, str]] = Counter()
    places: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        key = (row.step, row.reason)
        counts[key] += 1
        if row.origin is not None and len(places[key]) < PLACES:
            places[key].append(str(row.origin))
    return tuple(
        DropReason(step=step, reason=reason, count=count, places=tuple(places[step, reason]))
        for (step, reason), count in counts.most_common()
    )
