"""The dataset card: Hugging Face's header and sections, written from the facts and nothing else."""

from brandtune.datasets.version import Facts

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def dataset_card(facts: Facts) -> str:
    """`README.md` of a version."""
    total = sum(sum(counts.values()) for counts in facts.counts.values())
    return (
        "\n\n".join(
            [
                _header(facts, total),
                _title(facts, total),
                _structure(facts),
                _origin(facts),
                _personal(facts),
                _limits(facts),
            ]
        )
        + "\n"
    )


def _header(facts: Facts, total: int) -> str:
    size = next((name for limit, name in _SIZES if total < limit), "n>1M")
    files = "\n".join(f"  - split: {split}\n    path: {split}.jsonl" for split in facts.counts)
    name = facts.brand.replace('"', "'")
    return (
        f'---\npretty_name: "{name} house style, {facts.version}"\ntask_categories:\n- text-generation\n'
        f"size_categories:\n- {size}\ntags:\n- brandtune\n- private\nconfigs:\n- config_name: default\n"
        f"  data_files:\n{files}\n---"
    )


def _title(facts: Facts, total: int) -> str:
    return (
        f"# {facts.brand}: dataset version {facts.version}\n\n"
        f"{total:,} examples of how {facts.brand} writes, for fine-tuning and for judging the result. "
        "The version is the hash of its content: the same examples always give the same version."
    )


def _structure(facts: Facts) -> str:
    rows = [
        f"| {split} | {task} | {count:,} |" for split, counts in facts.counts.items() for task, count in counts.items()
    ]
    table = "\n".join(["| split | task | examples |", "|---|---|---|", *rows])
    return (
        f"## Dataset structure\n\n{table}\n\n"
        '- `train.jsonl`, `validation.jsonl`, `test.jsonl`: `{"messages": [...]}`, OpenAI\'s chat format\n'
        "- `examples.parquet`, `examples.jsonl`: the same with task, label, groups and quality\n"
        "- `sidecar.jsonl`: split, component, sources and a keyed customer token for each example; not for training"
    )


def _origin(facts: Facts) -> str:
    lines = [f"- {name}: {value}" for name, value in facts.provenance.items()] or ["- not stated"]
    ties = facts.split.get("by")
    tied = ", ".join(str(tie) for tie in ties) if isinstance(ties, list | tuple) else "nothing"
    return (
        "## Dataset creation\n\n" + "\n".join(lines) + "\n\n"
        f"The split keeps together what shares: {tied}. {facts.num_components:,} components came of it. "
        f"Found on more than one side: {facts.leak_report.shared_subjects} customers, "
        f"{facts.leak_report.shared_groups} groups, {facts.leak_report.same_text} equal texts, "
        f"{facts.leak_report.near_duplicates} near-duplicates."
    )


def _personal(facts: Facts) -> str:
    marks = ", ".join(f"{name} {count:,}" for name, count in facts.placeholders.items()) or "none"
    return (
        "## Personal and sensitive information\n\n"
        f"The examples come from {facts.num_customers:,} customers. Typed marks stand where names, contacts and ids"
        f" were: "
        f"{marks}. Marks are pseudonyms, not anonymity: what people wrote about themselves in other words is still"
        f" there, "
        "and a name that neither the customer list nor the wording gave away may be too. Treat the files as personal"
        " data. "
        "`sidecar.jsonl` finds the examples of a person who asks to be erased."
    )


def _limits(facts: Facts) -> str:
    return (
        "## Considerations for using the data\n\n"
        f"Made to teach one model the voice of {facts.brand}. It says nothing about other companies' customers, and it "
        "repeats whatever habits its authors had. Numbers in it were true when they were written."
    )
