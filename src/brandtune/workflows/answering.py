"""Opening a released model for conversation, exactly as it was evaluated: same base, adapter, precision and prompt."""

from collections.abc import Mapping

from brandtune.core.brand import load_brand
from brandtune.core.errors import UsageError
from brandtune.lineage import Registry
from brandtune.models import load_model
from brandtune.serving import Assistant
from brandtune.workflows.plan import Plan
from brandtune.workflows.tuning import brand_rules


def open_assistant(
    plan: Plan, *, model: str = "champion", task: str | None = None, rag: bool = False, context: Mapping[str, str] = {}
) -> Assistant:
    """Load a model and what it answers with.

    Args:
        model: Model id, alias, or `base`.
        task: Task kind; the first task that writes texts if None.
        rag: Retrieve facts into the prompt.
        context: Placeholder values.

    Raises:
        NotFoundError: No such model.
        UsageError: No such task.
    """
    kinds = {entry.kind: entry for entry in plan.tasks}
    chosen = task or next((kind for kind, entry in kinds.items() if entry.output == "text"), next(iter(kinds)))
    if chosen not in kinds:
        raise UsageError(f"there is no task {chosen!r} in brandtune.yaml.", fix=f"Tasks: {', '.join(kinds)}.")
    base, adapter = plan.base, None
    if model != "base":
        release = Registry(plan.database, files=plan.workspace).get(model)
        base, adapter = release.base, plan.workspace / release.adapter
    loaded = load_model(
        base,
        adapter=adapter,
        precision=plan.training.precision,
        device=plan.training.device,
        base_dir=plan.directory,
    )
    brand = load_brand(plan.brand, base_dir=plan.directory)
    return Assistant(
        loaded,
        task=kinds[chosen],
        brand=brand,
        rules=brand_rules(brand),
        decoding=plan.evaluation.decoding,
        context=context,
        passages=plan.evaluation.rag_k if rag else 0,
    )
