"""The page that goes with an export: what it is, what it was made from, how it was checked, how to load it."""

from collections.abc import Sequence
from pathlib import Path

from brandtune.core.records import Struct
from brandtune.models.export.parity import Parity
from brandtune.models.export.settings import Format

_LIBRARIES: dict[Format, str] = {
    "peft": "peft",
    "vllm": "peft",
    "safetensors": "transformers",
    "gguf": "llama.cpp",
    "gguf-adapter": "llama.cpp",
    "ollama": "ollama",
}


class Facts(Struct, frozen=True, kw_only=True):
    """What is known of a model beyond its weights.

    Attributes:
        name: Its name; also that of the files.
        base: The base's name for people.
        dataset: Version of the data it learnt from; empty when unknown.
        evaluation: Sentences on how it did, verdict first.
        model_id: In the registry; empty for a model that is in none.
    """

    name: str
    base: str
    dataset: str = ""
    evaluation: tuple[str, ...] = ()
    model_id: str = ""


def card(
    facts: Facts,
    *,
    format: Format,
    parities: Sequence[Parity],
    licence: str,
    usage: str,
    notes: Sequence[str],
) -> str:
    """A model card in Markdown."""
    checked = "\n".join(f"- {parity.sentence}" for parity in parities)
    trained = f"on dataset version `{facts.dataset}`" if facts.dataset else "on data that is not recorded with it"
    evaluated = "\n".join(f"- {sentence}" for sentence in facts.evaluation)
    sections = [
        f"---\nbase_model: {facts.base}\nlibrary_name: {_LIBRARIES[format]}\nlicense: {licence or 'other'}\n"
        "pipeline_tag: text-generation\ntags: [brandtune]\n---",
        f"# {facts.name}",
        f"Made with Brandtune from `{facts.base}`, {trained}."
        + ("" if licence else " The base model names no licence in its card; look there before you pass this on."),
        f"## Use\n\n{usage}",
        f"## Evaluation\n\n{evaluated or 'None is recorded with this model.'}",
        f"## Checked\n\nNext-token distributions compared:\n\n{checked}",
    ]
    if notes:
        sections.append("## Mind\n\n" + "\n".join(f"- {note}" for note in notes))
    return "\n\n".join(sections) + "\n"


def licence_of(folder: str) -> str:
    """The licence that a base's model card names, empty when it names none."""
    path = Path(folder) / "README.md"
    if not folder or not path.is_file():
        return ""
    parts = path.read_text(encoding="utf-8", errors="replace").split("---\n")
    if len(parts) < 3 or parts[0].strip():
        return ""
    lines = [line.partition(":") for line in parts[1].splitlines()]
    return next((value.strip() for name, _, value in lines if name == "license"), "")
