"""The review queue out to Label Studio and back: pairs of people that may be one, judged by people."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from brandtune import profiles
from brandtune.core.errors import DataError, UsageError
from brandtune.core.records import Struct, Subject
from brandtune.core.storage import read_json, write_json, write_text
from brandtune.execution import RunDirectory
from brandtune.lineage import ReviewItem, ReviewQueue
from brandtune.workflows import keeping
from brandtune.workflows.identities import MERGES
from brandtune.workflows.plan import Plan

SAME, DIFFERENT = "Same person", "Different people"
CONTROL = "decision"
LABELLING = f"""<View>
  <Header value="Are these one person?"/>
  <Table name="one" value="$one"/>
  <Table name="other" value="$other"/>
  <Text name="why" value="$why"/>
  <Choices name="{CONTROL}" toName="why" choice="single" required="true" showInline="true">
    <Choice value="{SAME}"/>
    <Choice value="{DIFFERENT}"/>
  </Choices>
</View>
"""


class Exported(Struct, frozen=True, kw_only=True):
    """What an export wrote.

    Attributes:
        num_tasks: Pairs written for review.
        num_outdated: Waiting pairs left out, because they are one person by now or have no records any more.
    """

    num_tasks: int
    num_outdated: int


class Imported(Struct, frozen=True, kw_only=True):
    """What became of the tasks read back; `skipped` counts, by reason, those that decided nothing."""

    num_accepted: int = 0
    num_rejected: int = 0
    num_known: int = 0
    skipped: dict[str, int] = {}


def export_reviews(plan: Plan, run: RunDirectory, *, out: Path) -> Exported:
    """Write waiting pairs as Label Studio tasks, and beside them the labelling interface as XML.

    The file holds personal data, so that people can judge; nothing of it is kept in the queue.

    Raises:
        UsageError: `out` ends in `.xml`, which is where the labelling interface goes.
    """
    if out.suffix.lower() == ".xml":
        raise UsageError("the tasks are JSON.", where=str(out), fix="Name the file e.g. tasks.json.")
    waiting = ReviewQueue(plan.database).items(MERGES, status="proposed")
    person = profiles.IdentityGraph(plan.database).replay()
    subjects: dict[str, Subject] = {}
    if waiting and run.finished("link") is not None:
        subjects = {subject.subject_id: subject for subject in keeping.load_linked(run.path / "link").subjects}
    tasks = [task for item in waiting if (task := _task(item, person, subjects)) is not None]
    write_json(out, tasks)
    out.chmod(0o600)
    write_text(out.with_suffix(".xml"), LABELLING)
    return Exported(num_tasks=len(tasks), num_outdated=len(waiting) - len(tasks))


def _task(item: ReviewItem, person: Mapping[str, str], subjects: Mapping[str, Subject]) -> dict[str, Any] | None:
    one, other = (subjects.get(person.get(item.detail[side], "")) for side in ("one", "other"))
    if one is None or other is None or one is other:
        return None
    why = "; ".join(item.detail["why"])
    data = {
        "queue": item.queue,
        "item": item.item,
        "score": item.detail["score"],
        "why": f"{item.detail['score']:.1%} likely one person: {why}",
        "one": _shown(one),
        "other": _shown(other),
    }
    return {"data": data}


def _shown(subject: Subject) -> dict[str, str]:
    """What a reviewer needs: identifiers and traits, not consent, which must not sway the judgement."""
    identifiers: dict[str, list[str]] = {}
    for identifier in subject.identifiers:
        identifiers.setdefault(identifier.type, []).append(identifier.value)
    traits = {name: str(value) for name, value in subject.traits.items() if value is not None and not _sways(name)}
    return {**traits, **{type_: ", ".join(values) for type_, values in identifiers.items()}}


def _sways(trait: str) -> bool:
    return "consent" in trait.lower() or "opt" in trait.lower().split("_")


def import_reviews(plan: Plan, path: Path, *, by: str) -> Imported:
    """Read decisions back: "same person" merges on the next linking, "different people" keeps them apart for good.

    Both of Label Studio's JSON exports are understood, the full one (`annotations`) and the short one (JSON-MIN).
    Every task is looked at before anything is written.

    Raises:
        NotFoundError: There is no such file.
        DataError: The file is not such an export; nothing was decided.
    """
    tasks = _read_tasks(path)
    queue, graph = ReviewQueue(plan.database), profiles.IdentityGraph(plan.database)
    items = {item.item: item for item in queue.items(MERGES)}
    decided: dict[str, str] = {}
    skipped: Counter[str] = Counter()
    for task in tasks:
        name, choices = _item_of(task), set(_choices(task))
        if name not in items:
            skipped["not in the review queue"] += 1
        elif not choices:
            skipped["not decided"] += 1
        elif len(choices) > 1 or choices - {SAME, DIFFERENT}:
            skipped["reviewers disagree" if choices <= {SAME, DIFFERENT} else "unknown choice"] += 1
        else:
            decided[name] = choices.pop()
    counts: Counter[str] = Counter()
    for name, choice in decided.items():
        counts[_decide(items[name], choice, queue=queue, graph=graph, by=by)] += 1
    return Imported(
        num_accepted=counts["accepted"], num_rejected=counts["rejected"], num_known=counts["known"],
        skipped=dict(skipped),
    )  # fmt: skip


def _decide(
    item: ReviewItem, choice: str, *, queue: ReviewQueue, graph: profiles.IdentityGraph, by: str
) -> str:  # fmt: skip
    """The ruling first: if the process dies in between, importing again completes the queue."""
    status: Any = "accepted" if choice == SAME else "rejected"
    graph.rule("same" if choice == SAME else "apart", item.detail["one"], item.detail["other"], by=by)
    return status if queue.decide(item.queue, item.item, status, by=by) else "known"


def _read_tasks(path: Path) -> Sequence[dict[str, Any]]:
    document = read_json(path)
    if not isinstance(document, list) or not all(isinstance(task, dict) for task in document):
        raise DataError(
            "expected a list of tasks.", where=str(path), fix="Export from Label Studio as JSON or JSON-MIN."
        )
    return document


def _item_of(task: Mapping[str, Any]) -> str:
    data = task.get("data", task)
    return str(data.get("item", "")) if isinstance(data, dict) else ""


def _choices(task: Mapping[str, Any]) -> Iterable[str]:
    """Every choice that people made on one task; cancelled annotations do not count."""
    short = task.get(CONTROL)
    if isinstance(short, str):
        yield short
    for annotation in task.get("annotations") or ():
        if not isinstance(annotation, dict) or annotation.get("was_cancelled"):
            continue
        for result in annotation.get("result") or ():
            if isinstance(result, dict) and result.get("from_name") == CONTROL:
                value = result.get("value")
                yield from (str(choice) for choice in (value.get("choices") or ())) if isinstance(value, dict) else ()


def plain(value: Struct) -> Any:
    """For `--json`: every field, zeros too."""
    return msgspec.structs.asdict(value)
