"""The freeze stage in full: what the dataset is told about its origin, and which earlier division it keeps."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from brandtune import datasets
from brandtune.core.progress import Progress
from brandtune.core.records import Subject
from brandtune.curation.personal import ResidualRisk
from brandtune.workflows.keeping import Curated, require_enough
from brandtune.workflows.plan import Plan


def freeze_curated(
    curated: Curated, *, subjects: Sequence[Subject], plan: Plan, run_id: str, brand: str, key: str, progress: Progress
) -> datasets.DatasetVersion:
    """Freeze what curation kept, beside the workspace's earlier versions.

    Raises:
        EmptyDatasetError: Nothing, or too little, is left; says what dropped it.
        DataError: It cannot be divided without a leak.
    """
    require_enough(curated)
    folder = plan.workspace / "datasets"
    return datasets.freeze(
        curated.kept,
        preferences=curated.preferences,
        rated=curated.rated,
        split=plan.split,
        directory=folder,
        key=key,
        brand_name=brand,
        previous=datasets.latest(folder),
        consent={subject.subject_id: subject.training_consent for subject in subjects},
        background=background(curated, subjects=subjects, plan=plan, run_id=run_id),
        terms=plan.dataset,
        progress=progress,
    )


def background(curated: Curated, *, subjects: Sequence[Subject], plan: Plan, run_id: str) -> datasets.Background:
    """What the documents say about where the examples came from and on what ground."""
    governance = plan.governance
    report: dict[str, object] = msgspec.to_builtins(curated.report)
    personal = report.get("personal_data")
    return datasets.Background(
        run=run_id,
        sources=tuple(source.source_name() for source in plan.sources),
        lawful_basis=governance.lawful_basis,
        purpose=governance.purpose,
        assessment=governance.assessment,
        retention_days=governance.retention_days,
        consents=dict(Counter(subject.training_consent for subject in subjects).most_common()),
        pseudonymized=governance.pseudonymize,
        personal_data=dict(personal.get("mentions", {})) if isinstance(personal, Mapping) else {},
        residual_risk=_residual_risk(curated.report.personal_data.risk),
        representativeness=_representation(report.get("representation")),
        funnel=tuple(msgspec.convert(msgspec.to_builtins(row), datasets.FunnelLine) for row in curated.funnel),
    )


def _residual_risk(risk: ResidualRisk | None) -> dict[str, object]:
    """The counts that the card names; the whole measurement is in the run's `curate/report.json`."""
    if risk is None:
        return {}
    return {
        "examples looked at": risk.sampled,
        "direct finds left": sum(risk.direct.values()),
        "known people in others' texts": risk.named_others,
        "rare combinations of hints": risk.rare_combinations,
    }


def _representation(rows: Any) -> dict[str, object]:
    """Trait -> how far the people learnt from are from the customer base, and both shares of each segment."""
    if not isinstance(rows, list):
        return {}
    return {
        str(row["trait"]): {
            "distance": row["distance"],
            **{
                str(part["segment"]): {"customers": part["customers_share"], "learnt from": part["learnt_share"]}
                for part in row["segments"]
            },
        }
        for row in rows
    }
