"""Preflight over a whole plan: what was kept and dropped, what training would see, whether it is enough."""

from collections import Counter

from brandtune.core.records import Struct
from brandtune.datasets import DatasetVersion
from brandtune.evaluation.statistics import minimum_detectable
from brandtune.execution import RunDirectory
from brandtune.models import load_model
from brandtune.training import preflight
from brandtune.training.estimate import Preflight
from brandtune.workflows import keeping
from brandtune.workflows.plan import Plan

# Rules of thumb of the field: style shows from about 50 examples, and is dependable from several hundred.
FEW_EXAMPLES, ENOUGH_EXAMPLES = 50, 300


class Checked(Struct, frozen=True, kw_only=True):
    funnel: tuple[str, ...]
    advice: tuple[str, ...]
    training: Preflight


def preflight_plan(plan: Plan, run: RunDirectory) -> Checked:
    """Check a run that is frozen."""
    version = keeping.load_version(plan.workspace)(run.path / "freeze")
    curated = keeping.load_curated(run.path / "curate")
    model = load_model(
        plan.base, precision=plan.training.precision, device=plan.training.device, base_dir=plan.directory
    )
    return Checked(
        funnel=tuple(_funnel_lines(curated)),
        advice=tuple(advice(version)),
        training=preflight(version.examples("train"), model=model, config=plan.training),
    )


def _funnel_lines(curated: keeping.Curated) -> list[str]:
    reasons = Counter((row.step, row.reason) for row in curated.dropped)
    return [f"dropped {count:>6,}  {step}: {reason}" for (step, reason), count in reasons.most_common()]


def advice(version: DatasetVersion) -> list[str]:
    """Is this enough data, in words."""
    lines: list[str] = []
    for task, count in version.counts["train"].items():
        if count < FEW_EXAMPLES:
            lines.append(f"{task}: {count} examples to learn from are few; a style shows from about {FEW_EXAMPLES}.")
        elif count < ENOUGH_EXAMPLES:
            lines.append(f"{task}: {count} examples to learn from; several hundred are dependable.")
        else:
            lines.append(f"{task}: {count} examples to learn from are enough for a style.")
    num_test = sum(version.counts["test"].values())
    detectable = minimum_detectable(num_test)
    lines.append(
        f"{num_test} held-out examples can show a true difference of about {detectable * 100:.0f} points or more."
    )
    return lines
