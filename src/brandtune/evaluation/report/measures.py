"""Page two of the numbers: the metrics that are too many for the first table, and how each arm labels."""

from dataclasses import dataclass

from brandtune.evaluation.report.arm_tables import ALL_TASKS, ArmTable, arm_table
from brandtune.evaluation.report.comparisons import arm_title
from brandtune.evaluation.report.numbers import MISSING, title_text, value_text
from brandtune.evaluation.results import Confusion, Report

MOST_LABELS = 40


@dataclass(frozen=True, kw_only=True)
class LabelRow:
    """One label as shown."""

    label: str
    precision: str
    recall: str
    f1: str
    support: int


@dataclass(frozen=True, kw_only=True)
class LabelTable:
    """One arm on one task: a row a label, most frequent first; `left_out` labels are not shown."""

    title: str
    sentence: str
    rows: list[LabelRow]
    confused: list[str]
    left_out: int


def detail_tables(report: Report) -> list[ArmTable]:
    """The further metrics, over all tasks and, where there are several, for each."""
    tasks = [ALL_TASKS, *(report.tasks if len(report.tasks) > 1 else ())]
    return [table for task in tasks if (table := arm_table(report, task=task, detail=True)).metrics]


def label_tables(report: Report) -> list[LabelTable]:
    """How each arm labelled each task."""
    return [_label_table(report, one) for one in report.confusions]


def _label_table(report: Report, one: Confusion) -> LabelTable:
    ranked = sorted(one.rows.items(), key=lambda item: (-item[1][3], item[0]))
    every = one.answered + one.abstained
    sure = (
        "" if one.accuracy_answered is None else f"; of these {value_text(one.accuracy_answered, unit='share')} rightly"
    )
    return LabelTable(
        title=f"{title_text(one.task)}, {arm_title(report, one.arm)}",
        sentence=f"Named a label for {one.answered} of {every} examples{sure}. {one.abstained} are left to a person.",
        rows=[
            LabelRow(
                label=label,
                precision=MISSING if row[0] is None else value_text(row[0], unit="share"),
                recall=value_text(row[1], unit="share"),
                f1=value_text(row[2], unit="score"),
                support=row[3],
            )
            for label, row in ranked[:MOST_LABELS]
        ],
        confused=[f"{wanted} as {given or 'no label'} ({count})" for wanted, given, count in one.confused],
        left_out=max(0, len(ranked) - MOST_LABELS),
    )
