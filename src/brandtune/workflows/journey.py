"""The product on one page: from a company's sources to a released model, stopping where the proof fails.

Every step is durable: it leaves a folder in the run, is reused while nothing it was made from has changed, and writes
down what it dropped and why. `stages` holds the wrapping, the rooms hold the work.
"""

from brandtune.core.progress import Progress, Silent
from brandtune.execution import RunDirectory
from brandtune.lineage import Release
from brandtune.workflows.ingesting import ReadingChoice
from brandtune.workflows.plan import Plan
from brandtune.workflows.stages import Stages


def run_journey(
    plan: Plan,
    *,
    run: RunDirectory | None = None,
    until: str = "release",
    progress: Progress | None = None,
    reading: ReadingChoice | None = None,
    search: bool = False,
) -> Release | None:
    """Take a plan from sources to release.

    Args:
        plan: What `load_plan` read.
        run: The run to go on with; None starts a new one.
        until: Name of the last stage to run.
        reading: How to ingest: a limit for each source, or everything from the start.
        search: Look for better training settings before training.

    Returns:
        The release, or None when `until` stopped the journey earlier.

    Raises:
        GateFailed: The tuned model did not earn its release; the report says why.
        DataError: The data cannot be used; says what and where.
    """
    stages = Stages(
        plan, run=run or RunDirectory.create(plan.workspace), progress=progress or Silent(), reading=reading,
        search=search,
    )  # fmt: skip
    with stages.until(until):
        records = stages.ingest()  # read every source; what cannot be read is set aside with its line
        customers = stages.link(records)  # who is who, and who agreed to what
        curated = stages.curate(customers)  # clean, consented, pseudonymised, deduplicated, on-brand examples
        version = stages.freeze(curated, customers)  # an immutable dataset; held-out people never meet training
        checkpoint = stages.train(version)  # adapt the base model
        report = stages.evaluate(version, checkpoint)  # base, prompt, few-shot, RAG against tuned, on held-out people
        report = stages.as_served(version, checkpoint, report)  # the gates again on what will serve, where that differs
        stages.require_gates(report)  # stops here, naming the gate and the numbers
        return stages.release(version, checkpoint, report)  # register, with the evidence
    return None
