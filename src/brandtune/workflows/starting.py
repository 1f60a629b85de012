"""Setting up a project folder: a commented brandtune.yaml, from a look at somebody's own files where there are any."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from brandtune.core.errors import NotFoundError, UsageError
from brandtune.core.storage import write_text
from brandtune.sources.sniff import SourceProposal, propose

BASES = ("consent", "legitimate_interest", "not_personal")
TASK_OF = {
    "conversation": "support_reply",
    "message": "support_reply",
    "label": "ticket_intent",
    "pair": "prompt_completion",
    "campaign": "campaign_copy",
    "product": "product_description",
    "social_post": "social_post",
    "faq": "brand_qa",
    "asset": "compliance_check",
    "translation": "localize",
}
KIND_TASKS = {
    "zendesk": "support_reply",
    "intercom": "support_reply",
    "openai": "support_reply",
    "sharegpt": "support_reply",
    "shopify": "product_description",
    "mailchimp": "campaign_copy",
    "klaviyo": "campaign_copy",
}


@dataclass(frozen=True)
class GovernanceChoice:
    """Why the data may be used, as given on the command line."""

    lawful_basis: str = "consent"
    assessment: str = ""


@dataclass(frozen=True)
class Written:
    """The configuration that was written, and what to know about it."""

    config: Path
    notes: tuple[str, ...] = ()


def write_project(
    directory: Path, *, data: Sequence[Path], name: str, governance: GovernanceChoice, base: str
) -> Written:
    """Write brandtune.yaml, voice.md and the folders it names.

    Args:
        data: Files to look at; their kind, mapping and tasks are proposed from their columns.

    Raises:
        UsageError: brandtune.yaml exists already, or the lawful basis is not one of the three.
        NotFoundError: A data file does not exist.
    """
    refuse_overwriting(directory)
    if governance.lawful_basis not in BASES:
        nearest = difflib.get_close_matches(governance.lawful_basis, BASES, n=1)
        raise UsageError(
            f"--lawful-basis {governance.lawful_basis!r} is not known.",
            fix=f"Did you mean {nearest[0]}?" if nearest else f"Choose one of: {', '.join(BASES)}.",
        )
    proposals = [propose(_existing(path)) for path in data]
    name = name or directory.resolve().name.replace("-", " ").replace("_", " ").title()
    text, notes = _config_text(directory, data, proposals, name=name, governance=governance, base=base)
    for folder in ("data", "facts", "styles/House"):
        (directory / folder).mkdir(parents=True, exist_ok=True)
    if not (directory / "voice.md").exists():
        write_text(directory / "voice.md", _VOICE.format(name=name))
    write_text(directory / "brandtune.yaml", text)
    return Written(directory / "brandtune.yaml", tuple(notes))


def refuse_overwriting(directory: Path) -> None:
    if (directory / "brandtune.yaml").exists():
        raise UsageError(
            f"{directory / 'brandtune.yaml'} exists already.", fix="Choose another folder, or move it away."
        )


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise NotFoundError("the data file does not exist.", where=str(path))
    return path


def _config_text(
    directory: Path,
    data: Sequence[Path],
    proposals: Sequence[SourceProposal],
    *,
    name: str,
    governance: GovernanceChoice,
    base: str,
) -> tuple[str, list[str]]:
    notes: list[str] = []
    entries: list[str] = []
    tasks: list[str] = []
    for path, proposal in zip(data, proposals, strict=True):
        known = proposal.maps_to or proposal.kind in KIND_TASKS or proposal.kind in ("segment", "label_studio")
        entry = _entry(_relative(path, directory), proposal)
        entries.append(
            entry if known else f"{entry.replace('  - ', '  # - ', 1)}  # nothing to learn found; say maps_to"
        )
        task = KIND_TASKS.get(proposal.kind) or TASK_OF.get(proposal.maps_to or "")
        if task and task not in tasks:
            tasks.append(task)
        fields = ", ".join(f"{ours} from {theirs}" for ours, theirs in proposal.fields.items())
        notes.append(
            f"{path.name}: {proposal.reason or f'looks like {proposal.kind}'}{f' ({fields})' if fields else ''}"
        )
    if data and not tasks:
        notes.append("none of these files holds texts to learn from; add a task to brandtune.yaml")
    if all(entry.lstrip().startswith("#") for entry in entries):
        entries.append("  - {kind: jsonl, path: data/conversations.jsonl, maps_to: conversation}")
    tasks = tasks or ["support_reply"]
    if governance.lawful_basis != "consent" and not governance.assessment:
        notes.append("fill in governance.assessment before the first run: it must say where the assessment is recorded")
    text = _TEMPLATE.format(
        name=yaml.safe_dump(name, default_flow_style=True).splitlines()[0],
        sources="\n".join(entries),
        tasks="\n".join(f"  - {{kind: {task}}}" for task in tasks),
        lawful_basis=governance.lawful_basis,
        assessment=yaml.safe_dump(governance.assessment, default_flow_style=True).splitlines()[0],
        base=yaml.safe_dump(base, default_flow_style=True).splitlines()[0],
    )
    return text, notes


def _relative(path: Path, directory: Path) -> str:
    """Relative to the project where the file lies inside it, else absolute."""
    resolved, root = path.resolve(), directory.resolve()
    return resolved.relative_to(root).as_posix() if resolved.is_relative_to(root) else str(resolved)


def _entry(path: str, proposal: SourceProposal) -> str:
    settings: dict[str, object] = {"kind": proposal.kind, "path": path}
    if proposal.maps_to:
        settings["maps_to"] = proposal.maps_to
    if proposal.fields:
        settings["fields"] = dict(proposal.fields)
    settings.update(proposal.options)
    flow = yaml.safe_dump(settings, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000).strip()
    return f"  - {flow}"


_VOICE = """<!-- How {name} writes.

Say here, in a page, how you write: who is speaking, to whom, how warm, how long, what you never say. Two short
examples of a good text are worth more than ten adjectives. The prompt-engineered arm receives this page as it is,
without comments like this one; while there is nothing else, it has no voice guide.
-->
"""

_TEMPLATE = """# What Brandtune learns from, and how it is judged. `brandtune check` explains what each part did.

brand:
  name: {name}
  voice: voice.md            # one page on how you write; the prompted arm gets it whole
  rules: styles/             # Vale-style YAML rules; on-brand means these pass and the style score does
  facts: facts/              # Markdown with facts: retrieval reads them, contradicting answers are dropped

sources:                     # one entry a source; `fields` maps our names to your columns
{sources}

governance:
  purpose: model_training
  lawful_basis: {lawful_basis}   # consent | legitimate_interest | not_personal
  assessment: {assessment}             # for the other two: where the assessment is recorded, or who confirmed it
  on_missing: auto           # under consent, people who were never asked are left out
  pseudonymize: true         # names, contact data and references become placeholders

tasks:                       # what the model must learn to do
{tasks}

split: {{test: 0.15, validation: 0.05}}   # held out by customer, conversation and near-duplicate

base: {base}                # `starter` (bundled), a local model folder, or a hub id

training:
  epochs: 2                  # passes over the training examples
  learning_rate: auto        # falls with the width of the base, and with few tokens a step

evaluation:
  primary: auto              # on_brand where texts are written, else accuracy
  max_test: 200              # held-out examples to generate for; null takes all
"""
