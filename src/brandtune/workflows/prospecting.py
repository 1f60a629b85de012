"""What a run's records promise before anything is trained: kinds of writing worth tuning for, and readiness."""

from brandtune.advice.opportunities import opportunities
from brandtune.advice.pilot import Pilot
from brandtune.advice.readiness import Preparation, readiness
from brandtune.advice.results import Check, Opportunity
from brandtune.core.brand import load_brand
from brandtune.core.tasks import Task
from brandtune.core.tasks.registry import OURS
from brandtune.evaluation import statistics
from brandtune.execution import RunDirectory
from brandtune.workflows import keeping
from brandtune.workflows.plan import Plan
from brandtune.workflows.tuning import brand_rules


def opportunities_of(plan: Plan, run: RunDirectory) -> tuple[Opportunity, ...]:
    """Every task that the run's records could teach, those of the plan with its settings."""
    planned: dict[str, Task] = {task.kind: task for task in plan.tasks}
    others = {task.kind: task for task in _possible() if task.kind not in planned}
    records = keeping.load_linked(run.path / "link").records
    brand = load_brand(plan.brand, base_dir=plan.directory)
    return opportunities(
        records,
        tasks={**planned, **others},
        planned=list(planned),
        brand=brand,
        drafts_of=plan.curation.outcomes.edits.task,
    )


def _possible() -> list[Task]:
    """Our tasks that need no setting."""
    return [task.model_validate({}) for task in OURS if not any(f.is_required() for f in task.model_fields.values())]


def readiness_of(plan: Plan, run: RunDirectory, *, pilot: Pilot | None) -> tuple[Check, ...]:
    """The readiness check over a run whose examples are frozen."""
    version = keeping.load_version(plan.workspace)(run.path / "freeze")
    people = keeping.load_subjects(run.path / "link")
    test = version.examples("test")
    limit = plan.evaluation.max_test or len(test)
    customers = min(len({example.subject or example.example_id for example in test}), limit)
    brand = load_brand(plan.brand, base_dir=plan.directory)
    return readiness(
        Preparation(
            examples=dict(version.counts["train"]),
            lawful_basis=plan.governance.lawful_basis,
            num_people=len(people),
            num_consented=sum(person.training_consent == "granted" for person in people),
            rows_read=sum(file.num_records for file in keeping.load_files(run.path / "ingest")),
            rows_rejected=len(keeping.load_rejected(run.path / "ingest")),
            detectable=statistics.minimum_detectable(customers),
            worthwhile=plan.evaluation.worthwhile,
            num_rules=len(brand_rules(brand).rules),
            has_voice=bool(brand.voice),
            num_facts=len(brand.documents),
            owner=pilot.owner if pilot else "",
            num_kpis=len(pilot.kpis) if pilot else 0,
            has_costs=plan.costs is not None,
        )
    )
