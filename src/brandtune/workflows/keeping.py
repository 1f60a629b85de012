"""How each stage's result is written to its folder and read back; also the one-line summaries people see."""

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec

from brandtune.core.errors import EmptyDatasetError
from brandtune.core.examples import Dropped, Example, Preference, Rated
from brandtune.core.records import Record, Struct, Subject
from brandtune.core.storage import read_json, read_jsonl, write_json, write_jsonl
from brandtune.curation import Curated as CuratedResult
from brandtune.curation import CurationReport
from brandtune.curation.personal import Originals
from brandtune.datasets import DatasetVersion, load, total
from brandtune.evaluation.results import KEPT, FunnelStep, Report
from brandtune.lineage import Release
from brandtune.profiles import Profiles
from brandtune.sources import ReadResult
from brandtune.workflows.plan import Plan


class FileSummary(Struct, frozen=True, kw_only=True):
    """One source file as it was read."""

    path: str
    sha256: str
    num_records: int


class Ingested(Struct, frozen=True, kw_only=True):
    records: list[Record]
    rejected: list[Dropped]
    files: list[FileSummary]
    notes: list[str] = []


class Linked(Struct, frozen=True, kw_only=True):
    records: list[Record]
    subjects: list[Subject]


class Curated(Struct, frozen=True, kw_only=True):
    """Kept examples, dropped rows, and the funnel from one to the other; `report` is curation's own, as JSON."""

    kept: list[Example]
    dropped: list[Dropped]
    funnel: list[FunnelStep]
    notes: list[str] = []
    preferences: list[Preference] = []
    rated: list[Rated] = []
    report: CurationReport = CurationReport()


def originals(plan: Plan, *, key: str) -> Originals | None:
    """Where this workspace keeps what surrogates stand for; None where there are only marks, which stand for nothing."""
    natural = plan.governance.pseudonymize and plan.governance.pseudonyms != "placeholders"
    return Originals(plan.workspace / "pseudonyms.db", key=key) if natural else None


def save_ingested(result: ReadResult, folder: Path) -> str:
    write_jsonl(folder / "records.jsonl", result.records)
    write_jsonl(folder / "rejected.jsonl", result.rejected)
    files = [FileSummary(path=f.path, sha256=f.sha256, num_records=f.num_records) for f in result.files]
    write_json(folder / "files.json", files)
    write_json(folder / "notes.json", result.notes)
    kinds = Counter(record.kind for record in result.records)
    parts = ", ".join(f"{count:,} {_plural(kind)}" for kind, count in kinds.most_common())
    rejected = f"; {len(result.rejected):,} rows could not be read" if result.rejected else ""
    return f"{len(result.records):,} records from {len(result.files)} files ({parts}){rejected}"


_WORDS = {
    "CampaignVariant": "campaign variants",
    "LabelledText": "labelled texts",
    "SocialPost": "social posts",
    "Faq": "questions and answers",
    "Survey": "survey answers",
}


def _plural(kind: str) -> str:
    return _WORDS.get(kind, f"{kind.lower()}s")


def load_ingested(folder: Path) -> Ingested:
    return Ingested(
        records=read_jsonl(folder / "records.jsonl", Record),
        rejected=load_rejected(folder),
        files=load_files(folder),
        notes=read_json(folder / "notes.json"),
    )


def load_rejected(folder: Path) -> list[Dropped]:
    """Rows that could not be read."""
    return read_jsonl(folder / "rejected.jsonl", Dropped)


def load_files(folder: Path) -> list[FileSummary]:
    """The files that were read."""
    return msgspec.convert(read_json(folder / "files.json"), list[FileSummary])


def save_linked(result: Profiles, folder: Path) -> str:
    write_jsonl(folder / "records.jsonl", result.records)
    write_jsonl(folder / "subjects.jsonl", result.subjects)
    write_jsonl(folder / "graph.jsonl", result.graph)
    write_json(folder / "report.json", result.report)
    consents = Counter(subject.training_consent for subject in result.subjects)
    if not result.subjects:
        return "no people in these records"
    merged, proposed = result.report.num_merged, result.report.num_proposed
    said = ", ".join(f"{name} {count:,}" for name, count in consents.most_common())
    waiting = f"; {proposed:,} pairs that may be one person are up for review" if proposed else ""
    return f"{len(result.subjects):,} people ({merged:,} identities merged); training consent: {said}{waiting}"


def load_linked(folder: Path) -> Linked:
    return Linked(records=read_jsonl(folder / "records.jsonl", Record), subjects=load_subjects(folder))


def load_subjects(folder: Path) -> list[Subject]:
    return read_jsonl(folder / "subjects.jsonl", Subject)


def save_curated(result: CuratedResult, folder: Path) -> str:
    write_jsonl(folder / "kept.jsonl", result.kept)
    write_jsonl(folder / "dropped.jsonl", result.dropped)
    write_jsonl(folder / "preferences.jsonl", result.preferences)
    write_jsonl(folder / "rated.jsonl", result.rated)
    write_json(folder / "report.json", result.report)
    funnel = [
        FunnelStep(step=row.step, entered=row.entered, left=row.left, reasons=dict(row.reasons))
        for row in result.report.funnel
    ]
    write_json(folder / "funnel.json", {"funnel": funnel, "notes": list(result.report.notes)})
    tasks = Counter(example.task for example in result.kept)
    parts = ", ".join(f"{name} {count:,}" for name, count in tasks.most_common()) or "none"
    return f"{len(result.kept):,} examples kept ({parts}), {len(result.dropped):,} rows dropped, each with its reason"


def load_curated(folder: Path) -> Curated:
    document = read_json(folder / "funnel.json")
    return Curated(
        kept=read_jsonl(folder / "kept.jsonl", Example),
        dropped=read_jsonl(folder / "dropped.jsonl", Dropped),
        funnel=msgspec.convert(document["funnel"], list[FunnelStep]),
        notes=document["notes"],
        preferences=read_jsonl(folder / "preferences.jsonl", Preference),
        rated=read_jsonl(folder / "rated.jsonl", Rated),
        report=load_curation_report(folder),
    )


def load_curation_report(folder: Path) -> CurationReport:
    return msgspec.convert(read_json(folder / "report.json"), CurationReport)


def require_enough(curated: Curated) -> None:
    """Raises EmptyDatasetError, with what dropped them, when no example is left."""
    if curated.kept:
        return
    reasons = Counter(f"{row.step}: {row.reason}" for row in curated.dropped)
    told = "; ".join(f"{reason} ({count:,})" for reason, count in reasons.most_common(5))
    hint = _CONSENT_HINT if any(row.step == "consent" for row in curated.dropped) else ""
    raise EmptyDatasetError(
        "no example is left after curation." if told else "no record became an example: no task fits what was read.",
        where="curate",
        fix=f"Dropped by {told}.{hint}" if told else "Check `maps_to` of the sources and `kind` of the tasks.",
    )


_CONSENT_HINT = (
    " If consent is in a column of yours, map it with `fields: {consent: ...}`; if your lawful basis is another one, "
    "set governance.lawful_basis and governance.assessment."
)


def save_version(version: DatasetVersion, folder: Path) -> str:
    write_json(folder / "dataset.json", {"version": version.version})
    sizes = {split: sum(counts.values()) for split, counts in version.counts.items()}
    parts = ", ".join(f"{split} {size:,}" for split, size in sizes.items())
    facts = version.facts()
    beside = [("preferences", total(facts.preferences)), ("rated answers", total(facts.rated))]
    parts += "".join(f"; {count:,} {words}" for words, count in beside if count)
    left_out = f"; {sum(facts.left_out.values()):,} left out" if facts.left_out else ""
    moved = f"; {facts.num_moved:,} changed sides since {facts.previous}" if facts.num_moved else ""
    return f"dataset {version.version}: {parts}; nothing shared between them{left_out}{moved}"


def load_version(workspace: Path) -> Callable[[Path], DatasetVersion]:
    def read(folder: Path) -> DatasetVersion:
        return load(workspace / "datasets" / str(read_json(folder / "dataset.json")["version"]))

    return read


def save_evaluation(report: Report, folder: Path, *, work: Path) -> str:
    """The report, and beside it the judges and outputs that the evaluation left in its work folder."""
    shutil.copytree(work / KEPT, folder / KEPT)
    return save_report(report, folder)


def save_report(report: Report, folder: Path) -> str:
    write_json(folder / "report.json", finite(msgspec.to_builtins(report)))
    return report.verdict.sentence


def load_report(folder: Path) -> Report:
    return msgspec.convert(read_json(folder / "report.json"), Report)


def finite(value: object) -> object:
    """The same JSON value with infinities and NaN as null, which is what JSON can say."""
    if isinstance(value, float) and not -1e308 < value < 1e308:
        return None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def save_release(release: Release, folder: Path) -> str:
    write_json(folder / "release.json", release)
    return f"{release.model_id} released as champion"


def load_release(folder: Path) -> Release:
    return msgspec.convert(read_json(folder / "release.json"), Release)
