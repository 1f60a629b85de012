"""Models that leave and arrive: a registered model becomes files for another engine, a model from elsewhere is registered."""

import tempfile
from pathlib import Path
from typing import Any

import msgspec

from brandtune.lineage import Ledger, Registry, Release
from brandtune.models.export import (
    Exported,
    Facts,
    Format,
    Incoming,
    Numbers,
    Quantization,
    export,
    look_at,
    open_source,
    require_new,
)
from brandtune.models.references import STARTER
from brandtune.workflows.plan import Plan
from brandtune.workflows.tuning import model_id as id_of


def export_model(
    plan: Plan,
    *,
    model: str,
    format: Format,
    to: Path,
    quantization: Quantization = "f16",
    adapter_quantization: Quantization = "f16",
    numbers: Numbers = "auto",
    unverified: bool = False,
) -> Exported:
    """Export a registered model, or the plan's base, and write that into the ledger.

    Args:
        model: Model id, alias, or `base`.
        to: Folder to create.
        unverified: Write GGUF even where llama.cpp is not there to check it.

    Raises:
        NotFoundError: No such model.
        MissingPartError: A package that the format needs is not installed.
        UsageError: The folder exists, or the format cannot hold this model.
        GateFailed: What was written computes something else; nothing is left behind.
    """
    require_new(to)
    release = None if model == "base" else Registry(plan.database, files=plan.workspace).get(model)
    base = release.base if release else plan.base
    source = open_source(base, trained=plan.workspace / release.adapter if release else None, base_dir=plan.directory)
    facts = facts_of(release) if release else Facts(name=people_name(base), base=people_name(base))
    done = export(source, format=format, to=to, facts=facts, quantization=quantization,
                  adapter_quantization=adapter_quantization, numbers=numbers, unverified=unverified)  # fmt: skip
    parent = f"model:{release.model_id}" if release else f"base:{base}"
    detail = {"format": format, "files": done.files, "parity": msgspec.to_builtins(done.parity),
              "verified": done.verified}  # fmt: skip
    Ledger(plan.database).record("export", f"export:{done.digest}", parents=[parent], detail=detail)
    return done


def export_folder(
    folder: Path,
    *,
    format: Format,
    to: Path,
    base: str | None = None,
    quantization: Quantization = "f16",
    adapter_quantization: Quantization = "f16",
    numbers: Numbers = "auto",
    unverified: bool = False,
) -> Exported:
    """Export what `bt.train` left, or any adapter or model folder, without a company around it.

    Args:
        base: What an adapter was trained on; None takes the name it carries.
        unverified: Write GGUF even where llama.cpp is not there to check it.

    Raises:
        NotFoundError: There is no model in the folder.
        MissingPartError: A package that the format needs is not installed.
        GateFailed: What was written computes something else; nothing is left behind.
    """
    require_new(to)
    incoming = look_at(folder, base=base)
    named = incoming.base or str(folder)
    source = open_source(named, trained=None if incoming.whole else folder)
    facts = Facts(name=folder.resolve().name, base=people_name(named))
    return export(source, format=format, to=to, facts=facts, quantization=quantization,
                  adapter_quantization=adapter_quantization, numbers=numbers, unverified=unverified)  # fmt: skip


def facts_of(release: Release) -> Facts:
    """What the registry knows of a model."""
    evidence: dict[str, Any] = dict(release.evidence)
    verdict = evidence.get("verdict") or {}
    sentences = [str(verdict["sentence"])] if "sentence" in verdict else []
    overridden = {str(override.get("gate")) for override in evidence.get("overrides") or ()}
    for gate in evidence.get("gates") or ():
        passed = "passed" if gate["passed"] else "FAILED, overridden" if gate["name"] in overridden else "FAILED"
        sentences.append(f"{passed if gate.get('measured', True) else 'not measured'}: {gate['sentence']}")
    return Facts(
        name=release.model_id,
        base=people_name(release.base),
        dataset=release.dataset,
        evaluation=tuple(sentences),
        model_id=release.model_id,
    )


def people_name(base: str) -> str:
    """A base's name for a card: a folder's last part, so that no card tells how a machine is laid out."""
    return (
        "starter" if base == str(STARTER) else Path(base).name if Path(base).is_absolute() or base[0] == "." else base
    )


def import_model(plan: Plan, folder: Path, *, base: str | None = None, name: str | None = None) -> Release:
    """Register a PEFT adapter or a whole model from elsewhere; no alias but `imported` moves.

    Args:
        base: What an adapter was trained on; None takes the name it carries.
        name: What its model id begins with; the folder's name if None.

    Raises:
        NotFoundError: There is no model in the folder.
        UsageError: It could run code, or does not say its base.
        ConfigError: It does not load, or was made for another base.
        DataError: A weight is no number.
    """
    incoming = look_at(folder, base=base, base_dir=plan.directory)
    model_id = id_of(name or folder.resolve().name, incoming.fingerprint)
    base = incoming.base or _own_base(plan, model_id)
    registry = Registry(plan.database, files=plan.workspace)
    with tempfile.TemporaryDirectory() as copied:
        incoming.copy_to(Path(copied))
        release = registry.publish(
            Path(copied),
            model_id=model_id,
            base=base,
            run_id="",
            dataset="",
            evidence={"imported": {"whole": incoming.whole, "fingerprint": incoming.fingerprint}},
            card=_card(incoming, model_id),
            alias="imported",
        )
    ledger = Ledger(plan.database)
    parents = () if incoming.whole else (f"base:{base}",)
    ledger.record("import", f"model:{model_id}", parents=parents, detail={"fingerprint": incoming.fingerprint})
    return release


def _own_base(plan: Plan, model_id: str) -> str:
    """Where a whole model will lie, from where the plan's paths are read."""
    folder = (plan.workspace / "models" / model_id).resolve()
    home = plan.directory.resolve()
    return f"./{folder.relative_to(home).as_posix()}" if folder.is_relative_to(home) else str(folder)


def _card(incoming: Incoming, model_id: str) -> str:
    """The card it came with, if any, under a line that says what was not done here."""
    made = f"Adapter on {people_name(incoming.base)}" if incoming.base else "Whole model"
    head = f"# {model_id}\n\n{made}, imported; not evaluated by this Brandtune."
    path = incoming.folder / "README.md"
    if not path.is_file():
        return f"{head}\n"
    return f"{head} The card it came with:\n\n---\n\n{path.read_text(encoding='utf-8', errors='replace')}"


def is_model_folder(path: Path) -> bool:
    """Whether a name on the command line is a folder with a model, not a registered model."""
    return any((path / name).is_file() for name in ("adapter_config.json", "config.json"))
