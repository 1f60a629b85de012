"""The learning curve: the plan's own training on a quarter, a half and all of the data. Each part is kept once done."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import yaml

from brandtune import training
from brandtune.advice.learning_curve import CurvePart, fit
from brandtune.advice.results import Curve
from brandtune.core.errors import EmptyDatasetError, NotFoundError, UsageError
from brandtune.core.examples import Example
from brandtune.core.ids import content_id, keyed_fraction
from brandtune.core.progress import Progress
from brandtune.core.storage import read_json, write_json
from brandtune.execution import RunDirectory
from brandtune.models import load_model, references
from brandtune.models.likelihood import conversation_losses
from brandtune.workflows import keeping
from brandtune.workflows.plan import Plan
from brandtune.workflows.tuning import mixed_content

SHARES = (0.25, 0.5, 1.0)
FOLDER = "learning_curve"


def learning_curve(plan: Plan, run: RunDirectory, *, progress: Progress) -> Curve:
    """Train on parts of a run's dataset and say whether more data would help.

    Parts hold whole customers, each part all of the smaller one. Losses are those of the validation examples.

    Raises:
        NotFoundError: The run has no dataset yet.
        UsageError: The plan does not learn from examples, or promises differential privacy.
        EmptyDatasetError: There is nothing to train on or to measure with.
    """
    if not run.finished("freeze"):
        raise NotFoundError(f"run {run.run_id} has no dataset.", fix="Run `brandtune freeze` first.")
    if plan.training.objective != "sft":
        raise UsageError(
            f"a learning curve of `{plan.training.objective}` is not implemented; it is there for `sft`.",
            where="training.objective",
        )
    if plan.training.privacy is not None:
        raise UsageError(
            "a learning curve would train on the same people three times, and the privacy that `training.privacy` "
            "promises covers one training.",
            where="training.privacy",
            fix="Leave out --learning-curve.",
        )
    version = keeping.load_version(plan.workspace)(run.path / "freeze")
    train, validation = version.examples("train"), version.examples("validation")
    if not train or not validation:
        raise EmptyDatasetError(
            "a learning curve needs training and validation examples.", fix="Raise split.validation."
        )
    base = references.resolve(plan.base, base_dir=plan.directory)
    settings = plan.training.model_dump(mode="json", exclude={"checkpoint_every_s", "track"})
    key = content_id([version.version, references.fingerprint(base), settings, mixed_content(plan)])
    folder = run.path / FOLDER / key
    parts = []
    for share in SHARES:
        chosen = nested(train, share=share)
        progress.say(f"learning curve: {share * 100:.0f} % of the data, {len(chosen):,} examples")
        parts.append(_part(plan, run, share, chosen, validation, folder=folder, progress=progress))
    return fit([part for part in parts if part.num_examples])


def nested(examples: Sequence[Example], *, share: float) -> list[Example]:
    """About `share` of the examples, by customer; a smaller share is a part of every larger one."""
    return [e for e in examples if keyed_fraction("learning curve", e.subject or e.example_id) < share]


def _part(
    plan: Plan,
    run: RunDirectory,
    share: float,
    chosen: Sequence[Example],
    validation: Sequence[Example],
    *,
    folder: Path,
    progress: Progress,
) -> CurvePart:
    """Train on one part, or read what was measured before."""
    path = folder / f"{share * 100:.0f}.json"
    if path.is_file():
        return msgspec.convert(read_json(path), CurvePart)
    if not chosen:
        return CurvePart(share=share, num_examples=0, nats=(), tokens=(), customers=())
    adapter = run.path / "train" / "adapter"
    work = folder / f"work-{share * 100:.0f}"
    if share < 1 or not _trained_so(plan, run):
        adapter = work / "adapter"
        if not adapter.is_dir():
            work.mkdir(parents=True, exist_ok=True)
            training.train(
                chosen,
                model=_load(plan, None),
                config=plan.training.located(plan.directory),
                validation=validation,
                output=adapter,
                work=work,
                progress=progress,
            )
    nats, tokens = _losses(plan, adapter, validation)
    part = CurvePart(
        share=share, num_examples=len(chosen), nats=nats, tokens=tokens,
        customers=tuple(e.subject or e.example_id for e in validation),
    )  # fmt: skip
    write_json(path, part)
    shutil.rmtree(work, ignore_errors=True)
    return part


def _trained_so(plan: Plan, run: RunDirectory) -> bool:
    """Whether the run's own model was trained with the plan's present settings: then it is the last point already.

    Not where it went through several phases or started from an earlier model, which the other points do not.
    """
    if plan.training.then or plan.training.start:
        return False
    path = run.path / "config.yaml"
    if not run.finished("train") or not path.is_file():
        return False
    then = yaml.safe_load(path.read_text(encoding="utf-8"))
    return bool(then.get("base") == plan.base and then.get("training") == plan.training.model_dump(mode="json"))


def _load(plan: Plan, adapter: Path | None):  # type: ignore[no-untyped-def]  # models.Model
    return load_model(
        plan.base,
        adapter=adapter,
        precision=plan.training.precision,
        device=plan.training.loading_device,
        base_dir=plan.directory,
    )


def _losses(plan: Plan, adapter: Path, examples: Sequence[Example]) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """(nats, tokens) of the replies; an example that does not fit counts with no tokens, for every part alike."""
    model = _load(plan, adapter)
    rendered = [model.renderer.turns(example.messages[: example.target + 1]) for example in examples]
    fitting = [all(len(one.token_ids) <= model.context for one in turns) for turns in rendered]
    found = iter(
        conversation_losses(
            model.network, [turns for turns, fits in zip(rendered, fitting, strict=True) if fits], device=model.device
        )
    )
    pairs = [next(found) if fits else (0.0, 0) for fits in fitting]
    if not sum(tokens for _, tokens in pairs):
        raise EmptyDatasetError("no validation example fits the model's context.", fix="Use a longer-context base.")
    return tuple(float(nats) for nats, _ in pairs), tuple(int(tokens) for _, tokens in pairs)
