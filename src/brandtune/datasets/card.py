"""The dataset card: Hugging Face's header and sections, written from the facts and nothing else."""

from collections.abc import Iterable, Mapping
from typing import Any

from brandtune.datasets.facts import Facts, total
from brandtune.datasets.formats import FORMATS, Format, file_of
from brandtune.datasets.splitting import SPLITS

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def dataset_card(facts: Facts) -> str:
    """`README.md` of a version."""
    parts = [_header(facts), _title(facts), _structure(facts), _origin(facts), _split(facts), _funnel(facts)]
    parts += [_personal(facts), _people(facts), _use(facts)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _header(facts: Facts) -> str:
    size = next((name for limit, name in _SIZES if facts.num_examples < limit), "n>1M")
    name = facts.brand.replace('"', "'")
    configs = "\n".join(_config(facts, format) for format in FORMATS if _files(facts, format))
    return (
        f'---\npretty_name: "{name} house style, {facts.version}"\ntask_categories:\n- text-generation\n'
        f"size_categories:\n- {size}\ntags:\n- brandtune\n- private\nconfigs:\n{configs}\n---"
    )


def _config(facts: Facts, format: Format) -> str:
    files = "\n".join(f"  - split: {split}\n    path: {path}" for split, path in _files(facts, format))
    default = "\n  default: true" if format == "openai_chat" else ""
    return f"- config_name: {format}{default}\n  data_files:\n{files}"


def _files(facts: Facts, format: Format) -> list[tuple[str, str]]:
    """(split, path) of the format's files that hold anything."""
    paths = [(split, file_of(format, split)) for split in SPLITS]
    return [(split, path) for split, path in paths if path in facts.files and facts.files[path].bytes]


def _title(facts: Facts) -> str:
    pairs, rated = total(facts.preferences), total(facts.rated)
    beside = [f"{pairs:,} preference pairs" if pairs else "", f"{rated:,} rated answers" if rated else ""]
    also = " Beside them: " + " and ".join(filter(None, beside)) + "." if any(beside) else ""
    return (
        f"# {facts.brand}: dataset version {facts.version}\n\n"
        f"{facts.num_examples:,} examples of how {facts.brand} writes, for fine-tuning and for judging the result.{also} "
        f"Frozen on {facts.published or 'an unknown day'}. "
        "The version is the hash of its content: the same examples always give the same version."
    )


def _structure(facts: Facts) -> str:
    kinds = (("examples", facts.counts), ("preferences", facts.preferences), ("rated answers", facts.rated))
    rows = [
        [split, kind, task, f"{count:,}"]
        for kind, counts in kinds
        for split, by_task in counts.items()
        for task, count in by_task.items()
    ]
    files = [f"- `{', '.join(path for _, path in _files(facts, format))}`: {_SHAPES[format]}"
             for format in FORMATS if _files(facts, format)]  # fmt: skip
    files += [f"- `{name}`: {what}" for name, what in _OTHER_FILES.items() if name in facts.files]
    files.append("- `croissant.json`: the same facts for machines (Croissant 1.1); `dataset.json`: every file's hash")
    return f"## Dataset structure\n\n{_table(['split', 'what', 'task', 'number'], rows)}\n\n" + "\n".join(files)


_SHAPES: dict[Format, str] = {
    "openai_chat": '`{"messages": [...]}`, OpenAI\'s chat format; TRL reads it as conversational language modelling',
    "openai_preference": '`{"input": ..., "preferred_output": ..., "non_preferred_output": ...}`, OpenAI\'s DPO format',
    "trl_prompt_completion": '`{"prompt": [...], "completion": [...]}`, one line for each assistant turn',
    "trl_preference": '`{"prompt": [...], "chosen": [...], "rejected": [...]}`, for DPO and its relatives',
    "trl_kto": '`{"prompt": [...], "completion": [...], "label": true}`, for KTO',
}
_OTHER_FILES = {
    "examples.parquet": "all examples with task, split, label, groups and quality",
    "examples.jsonl": "the same, as Brandtune reads them",
    "preferences.jsonl": "preferences with what says so",
    "rated.jsonl": "rated answers with what says so",
    "sidecar.jsonl": "split, component, sources, consent and a keyed customer token for each item; not for training",
    "left_out.jsonl": "what could not be placed, and why",
}


def _origin(facts: Facts) -> str:
    known = facts.background
    lines = [
        f"- sources: {', '.join(known.sources)}" if known.sources else "",
        f"- run: {known.run}" if known.run else "",
        f"- division kept from version {facts.previous}; {facts.num_moved:,} items had to change sides"
        if facts.previous
        else "",
    ]
    return "## Dataset creation\n\n" + ("\n".join(filter(None, lines)) or "- not stated")


def _split(facts: Facts) -> str:
    ties = facts.split.get("by")
    tied = ", ".join(str(tie) for tie in ties) if isinstance(ties, list | tuple) else "nothing"
    found, after = facts.leak_report, facts.split.get("after")
    time = f" Everything after {after} is the test." if after else ""
    out = f" Left out: {_counted(facts.left_out)}." if facts.left_out else ""
    return (
        f"The split keeps together what shares: {tied}.{time} {facts.num_components:,} components came of it. "
        f"Found on more than one side: {found.shared_subjects} customers, {found.shared_conversations} conversations, "
        f"{found.shared_groups} other groups, {found.same_text} equal texts, {found.near_duplicates} near-duplicates, "
        f"{found.shared_passages} copied passages. {found.common_phrases:,} runs of twelve words are on more than one "
        f"side as the house's own phrases.{out}"
    )


def _funnel(facts: Facts) -> str:
    if not facts.background.funnel:
        return ""
    rows = [
        [line.step, f"{line.entered:,}", f"{line.left:,}", _counted(line.reasons)] for line in facts.background.funnel
    ]
    return "### Curation\n\n" + _table(["step", "in", "left", "dropped"], rows)


def _personal(facts: Facts) -> str:
    known = facts.background
    basis = known.lawful_basis or "not stated"
    lines = [
        f"- lawful basis: {basis}" + (f", purpose {known.purpose}" if known.purpose else ""),
        f"- assessment: {known.assessment}" if known.assessment else "",
        f"- people by what they said: {_counted(known.consents)}" if known.consents else "",
        f"- records older than {known.retention_days} days left out" if known.retention_days else "",
        "- **personal data was left in the texts** (`pseudonymize: false`)" if known.pseudonymized is False else "",
        f"- mentions replaced before anything was learnt: {_counted(known.personal_data)}"
        if known.personal_data
        else "",
        f"- residual risk: {_counted(known.residual_risk)}" if known.residual_risk else "- residual risk: not measured",
    ]
    return (
        "## Personal and sensitive information\n\n"
        + "\n".join(filter(None, lines))
        + f"\n\nThe examples come from {facts.num_customers:,} customers. Typed marks stand where names, contacts and ids"
        f" were: {_counted(facts.placeholders) or 'none'}. Marks are pseudonyms, not anonymity: what people wrote about"
        " themselves in other words is still there, and a name that neither the customer list nor the wording gave away"
        " may be too. Treat the files as personal data. `sidecar.jsonl` finds the examples of a person who asks to be"
        " erased."
    )


def _people(facts: Facts) -> str:
    measured = facts.background.representativeness
    return f"## Representativeness\n\n{_nested(measured)}" if measured else ""


def _use(facts: Facts) -> str:
    terms = facts.terms
    lines = [f"- licence: {terms['license']}"] if terms.get("license") else []
    lines += [f"- for: {use}" for use in _texts(terms.get("intended_uses"))]
    lines += [f"- not for: {use}" for use in _texts(terms.get("prohibited_uses"))]
    lines += [f"- upkeep: {terms['maintenance']}"] if terms.get("maintenance") else []
    lines += [f"- known biases: {terms['biases']}"] if terms.get("biases") else []
    return (
        "## Considerations for using the data\n\n"
        + "\n".join(lines)
        + f"\n\nMade to teach one model the voice of {facts.brand}. It says nothing about other companies' customers, and"
        " it repeats whatever habits its authors had. Numbers in it were true when they were written."
    )


def _texts(value: object) -> Iterable[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else []


def _counted(counts: Mapping[str, Any]) -> str:
    """`a 3, b 1`; nested values are written out."""
    return ", ".join(f"{name} {_value(value)}" for name, value in counts.items())


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return f"({_counted(value)})"
    if isinstance(value, float):
        return f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _nested(values: Mapping[str, Any]) -> str:
    return "\n".join(f"- {name}: {_value(value)}" for name, value in values.items())


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
