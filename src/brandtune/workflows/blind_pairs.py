"""Blind pairs for people: outputs beside what people wrote, out to Label Studio or CSV in shuffled order, votes back in.

Nothing in the file says which text is whose. A pair's name and its order follow from the tenant key, so that nothing
has to be kept to read votes back, and nobody without the key can tell.
"""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from brandtune.core.errors import DataError, NotFoundError, UsageError
from brandtune.core.examples import Example
from brandtune.core.ids import keyed_fraction, keyed_id
from brandtune.core.records import Struct
from brandtune.core.storage import write_json, write_text
from brandtune.evaluation.results import KEPT
from brandtune.evaluation.written import Written, load_outputs
from brandtune.execution import RunDirectory
from brandtune.workflows import keeping
from brandtune.workflows.keys import tenant_key
from brandtune.workflows.plan import Plan
from brandtune.workflows.reported import Vote, evaluated, save_votes, votes_of
from brandtune.workflows.voting import Said, read_votes

QUEUE = "pairs"
FIRST, SECOND, NEITHER = "First", "Second", "No difference"
NOTHING = "(nothing was written)"
COLUMNS = ("run", "item", "question", "first", "second", "preferred", "by")
LABELLING = f"""<View>
  <Header value="Which text would you rather publish?"/>
  <Text name="question" value="$question"/>
  <Header value="First"/>
  <Text name="first" value="$first"/>
  <Header value="Second"/>
  <Text name="second" value="$second"/>
  <Choices name="decision" toName="question" choice="single" required="true" showInline="true">
    <Choice value="{FIRST}"/>
    <Choice value="{SECOND}"/>
    <Choice value="{NEITHER}"/>
  </Choices>
</View>
"""


class Pair(Struct, frozen=True, kw_only=True):
    """One output beside what people wrote, and whether the output stands first."""

    item: str
    example_id: str
    arm: str
    ours_first: bool
    written: Written


class ExportedPairs(Struct, frozen=True, kw_only=True):
    """What was written; `num_failed` outputs never came and cannot be compared."""

    num_pairs: int
    num_failed: int


class ImportedVotes(Struct, frozen=True, kw_only=True):
    """What became of the rows read back; `skipped` counts, by reason, those that are no vote."""

    num_votes: int = 0
    num_changed: int = 0
    num_known: int = 0
    skipped: dict[str, int] = {}
    runs: tuple[str, ...] = ()


def export_pairs(
    plan: Plan, run: RunDirectory, *, out: Path, arms: Sequence[str] = ("tuned",), num: int = 100
) -> ExportedPairs:
    """Write blinded pairs of a run: Label Studio tasks with the labelling interface beside them, or `.csv`.

    Args:
        arms: Whose outputs are compared with what people wrote.
        num: Examples, a stable choice; each arm has a pair of each.

    Raises:
        NotFoundError: The run has no evaluation or no such arm.
        UsageError: `out` ends in `.xml`, which is where the labelling interface goes.
    """
    if out.suffix.lower() == ".xml":
        raise UsageError("the tasks are JSON or CSV.", where=str(out), fix="Name the file e.g. pairs.json.")
    pairs = _pairs(plan, run)
    known = dict.fromkeys(pair.arm for pair in pairs)
    missing = [arm for arm in arms if arm not in known]
    if missing:
        raise NotFoundError(
            f"arm {missing[0]} wrote no texts in run {run.run_id}.", fix=f"Arms: {', '.join(known) or 'none'}."
        )
    examples = _examples(plan, run)
    ranked = sorted({pair.example_id for pair in pairs}, key=lambda name: keyed_fraction("pairs", name))
    chosen = [pair for pair in pairs if pair.arm in arms and pair.example_id in set(ranked[:num])]
    rows = [_row(pair, examples[pair.example_id], run=run.run_id) for pair in chosen if not pair.written.failed]
    rows.sort(key=lambda row: row["item"])  # the names are hashes, so this is a shuffle that comes out the same again
    if out.suffix.lower() == ".csv":
        write_text(out, _csv(rows))
    else:
        write_json(out, [{"data": {"queue": QUEUE, **row}} for row in rows])
        write_text(out.with_suffix(".xml"), LABELLING)
    out.chmod(0o600)
    return ExportedPairs(num_pairs=len(rows), num_failed=len(chosen) - len(rows))


def _pairs(plan: Plan, run: RunDirectory) -> list[Pair]:
    """Every pair that a run's outputs give."""
    texts = {task.kind for task in plan.tasks if task.output == "text"}
    kinds = {example.example_id: example.task for example in _examples(plan, run).values()}
    key, made_by = tenant_key(plan.workspace), evaluated(run)
    found = []
    for written in load_outputs(run.path / "evaluate" / KEPT):
        if kinds.get(written.example_id) in texts:
            item = keyed_id(key, f"pair/{made_by}/{written.arm}/{written.example_id}", length=20)
            ours_first = keyed_fraction(key, f"order/{item}") < 0.5
            found.append(
                Pair(item=item, example_id=written.example_id, arm=written.arm, ours_first=ours_first, written=written)
            )
    return found


def _examples(plan: Plan, run: RunDirectory) -> dict[str, Example]:
    evaluated(run)
    version = keeping.load_version(plan.workspace)(run.path / "freeze")
    return {example.example_id: example for example in version.examples("test")}


def _row(pair: Pair, example: Example, *, run: str) -> dict[str, str]:
    ours, human = pair.written.text.strip() or NOTHING, example.reference
    first, second = (ours, human) if pair.ours_first else (human, ours)
    asked = [message.content for message in example.prompt if message.role != "system"]
    return {"run": run, "item": pair.item, "question": "\n\n".join(asked), "first": first, "second": second}


def _csv(rows: Sequence[Mapping[str, str]]) -> str:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows({name: _inert(text) for name, text in row.items()} for row in rows)
    return "\ufeff" + file.getvalue()


def _inert(text: str) -> str:
    """A cell that spreadsheets do not run as a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def import_votes(plan: Plan, path: Path, *, by: str) -> ImportedVotes:
    """Read people's votes back and count them in the report of their run; a later vote of one person replaces the earlier.

    Understood are both of Label Studio's JSON exports and the CSV that was exported, filled in. Every row is looked at
    before anything is written.

    Args:
        by: Who voted, where the file does not say.

    Raises:
        NotFoundError: There is no such file.
        DataError: The file is none of these, or not one vote in it is about an output of this workspace.
    """
    skipped: Counter[str] = Counter()
    votes: dict[str, dict[tuple[str, str], Vote]] = {}
    pairs: dict[str, dict[str, Pair]] = {}
    said = read_votes(path, by=by)
    for one in said:
        if one.run not in pairs:
            pairs[one.run] = _known_pairs(plan, one.run)
        pair = pairs[one.run].get(one.item)
        why = _why_not(one, pair)
        if why or pair is None:
            skipped[why] += 1
            continue
        vote = Vote(example_id=pair.example_id, arm=pair.arm, preferred=_whose(one.choice, pair), by=one.by)
        votes.setdefault(one.run, {})[pair.item, one.by] = vote
    if said and not votes:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in sorted(skipped.items()))
        raise DataError(f"there is no vote in it ({reasons}).", where=str(path), fix="Nothing was written.")
    counts: Counter[str] = Counter()
    for name, own in votes.items():
        counts += _add(plan, RunDirectory.open(plan.workspace, name), list(own.values()))
    return ImportedVotes(
        num_votes=counts["new"], num_changed=counts["changed"], num_known=counts["known"], skipped=dict(skipped),
        runs=tuple(votes),
    )  # fmt: skip


def _known_pairs(plan: Plan, run_id: str) -> dict[str, Pair]:
    try:
        return {pair.item: pair for pair in _pairs(plan, RunDirectory.open(plan.workspace, run_id))}
    except NotFoundError:
        return {}


def _why_not(said: Said, pair: Pair | None) -> str:
    if pair is None:
        return "not of an evaluation in this workspace"
    if not said.choice:
        return "not decided"
    return "" if said.choice in (FIRST, SECOND, NEITHER) else "unknown choice"


def _whose(choice: str, pair: Pair) -> Any:
    if choice == NEITHER:
        return "tie"
    return "ours" if (choice == FIRST) == pair.ours_first else "human"


def _add(plan: Plan, run: RunDirectory, votes: Sequence[Vote]) -> Counter[str]:
    """Put votes beside those that a run has, and write its report and what goes out to other tools anew."""
    from brandtune.workflows import exporting, reporting

    counts: Counter[str] = Counter()
    with run.locked():
        known = {(vote.example_id, vote.arm, vote.by): vote for vote in votes_of(run)}
        for vote in votes:
            before = known.get((vote.example_id, vote.arm, vote.by))
            same = before is not None and before.preferred == vote.preferred
            counts["new" if before is None else "known" if same else "changed"] += 1
            known[vote.example_id, vote.arm, vote.by] = vote
        save_votes(run, list(known.values()))
        reporting.write(run, plan=plan)
        exporting.export_results(plan, run)
    return counts


def plain(value: Struct) -> Any:
    """For `--json`: every field, zeros too."""
    return msgspec.structs.asdict(value)
