"""How the verdict was tested, in the rows that a statistician looks for: contrast, test, interval, units, family, seeds."""

from brandtune.evaluation.report.comparisons import SIGNIFICANT, comparison_row, metric_named
from brandtune.evaluation.report.numbers import MISSING
from brandtune.evaluation.results import Contrast, Report, RunContext
from brandtune.evaluation.statistics import ASSUMED_DISCORDANT_SHARE, CONFIDENCE, POWER

Rows = list[tuple[str, str]]


def protocol_rows(report: Report, context: RunContext) -> Rows:
    """(name, value) pairs; none where no contrast decided."""
    primary = report.verdict.primary
    if primary is None:
        return []
    return [*_contrast(report, primary), *_units(primary), *_family(report, primary), *context.protocol]


def _contrast(report: Report, primary: Contrast) -> Rows:
    metric = metric_named(report, primary.metric)
    row = comparison_row(primary, report=report, metric=metric)
    tests, _, interval = primary.method.partition(", ")
    return [
        (
            "Primary contrast",
            f"{row.arm} minus {row.baseline} on {metric.title}: one contrast, declared before the run. {row.baseline} "
            f"did best of the untuned arms on {report.num_validation:,} validation examples, which are in no number here.",
        ),
        ("Difference", f"{row.difference}, 95\N{NO-BREAK SPACE}% interval {row.interval or MISSING}"),
        ("Test", f"{tests}, two-sided, p {row.p_value}"),
        ("Interval", interval or MISSING),
    ]


def _units(primary: Contrast) -> Rows:
    n, clusters = primary.difference.n, primary.num_clusters
    rows = [
        ("Examples", f"{n:,}, each answered by both arms"),
        (
            "Clusters",
            f"{clusters:,}; examples of one customer are resampled together, an example about nobody is one by itself",
        ),
    ]
    if primary.discordant:
        won, lost = primary.discordant
        rows.append(
            ("Only one right", f"{won:,} the first arm alone, {lost:,} the second alone, {n - won - lost:,} equal")
        )
    if primary.minimum_detectable is not None:
        rows.append(
            (
                "Minimum detectable",
                f"{100 * primary.minimum_detectable:.1f} points, with {_percent(POWER)} power at the "
                f"{_percent(1 - CONFIDENCE)} level if {_percent(ASSUMED_DISCORDANT_SHARE)} of the pairs are discordant; "
                "it follows from the number of clusters and was known before the run",
            )
        )
    return rows


def _family(report: Report, primary: Contrast) -> Rows:
    others = [one for one in report.contrasts if one != primary and one.p_adjusted is not None]
    if not others:
        return [("Family", "no further contrast was tested, so nothing is corrected")]
    held = sum(one.p_adjusted is not None and one.p_adjusted < SIGNIFICANT for one in others)
    return [
        (
            "Family",
            f"{len(others)} further contrasts, corrected together after Holm; {held} of them stay below "
            f"{SIGNIFICANT:g}. The primary contrast stands alone and is not corrected.",
        ),
        ("Gates", "margins are held against one-sided 95\N{NO-BREAK SPACE}% bounds (non-inferiority)"),
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"
