"""Brand voice as four separate lines for each arm: rules, fingerprint, blind comparison, claims. They are never added up.

A line without evidence stays None: no rules, too few texts for a fingerprint, nobody who compared, no facts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from brandtune.core.examples import Example
from brandtune.evaluation import statistics
from brandtune.evaluation.judging import LabelJudge, TextJudge
from brandtune.evaluation.metrics.intervals import clustered_estimate
from brandtune.evaluation.results import (
    BrokenRule,
    ClaimsLine,
    Estimate,
    FingerprintLine,
    Nearest,
    Output,
    PairwiseLine,
    VoiceLines,
)
from brandtune.scoring.fingerprint import Trait

MOST_BROKEN, MOST_NEAREST, EXCERPT_CHARS = 5, 3, 240
UNUSUAL = 0.1
Judges = Mapping[str, TextJudge | LabelJudge]


def voice_lines(
    outputs: Mapping[str, Sequence[Output]],
    *,
    examples: Sequence[Example],
    clusters: Sequence[str],
    judges: Judges,
    pairwise: Mapping[str, PairwiseLine] | None = None,
    texts: Mapping[str, str] | None = None,
    resamples: int = 4000,
    seed: int = 0,
) -> tuple[VoiceLines, ...]:
    """The four lines of every arm that wrote texts.

    Args:
        outputs: Arm -> one output an example, in the order of `examples`.
        clusters: Who each example is about.
        pairwise: Arm -> its blind comparison with what people wrote, where somebody compared.
        texts: Example id -> the brand's own text, to quote the nearest ones.
    """
    lines = []
    for arm, rows in outputs.items():
        own = [
            (example, output, cluster)
            for example, output, cluster in zip(examples, rows, clusters, strict=True)
            if isinstance(judges.get(example.task), TextJudge) and output.scores
        ]
        if own:
            rules = _rules(_ruled(own, judges), resamples=resamples, seed=seed)
            lines.append(_lines(arm, own, judges, (pairwise or {}).get(arm), texts or {}, rules))
    return tuple(lines)


Row = tuple[Example, Output, str]


def _lines(
    arm: str,
    rows: Sequence[Row],
    judges: Judges,
    pairwise: PairwiseLine | None,
    texts: Mapping[str, str],
    rules: Estimate | None,
) -> VoiceLines:
    return VoiceLines(
        arm=arm,
        rules=rules,
        broken=_broken(_ruled(rows, judges), judges),
        fingerprint=_fingerprint(rows, judges, texts),
        pairwise=pairwise,
        claims=_claims(rows),
    )


def _ruled(rows: Sequence[Row], judges: Judges) -> list[Row]:
    return [row for row in rows if _has_rules(judges[row[0].task]) and row[1].scores.get("rules_pass") is not None]


def _rules(ruled: Sequence[Row], *, resamples: int, seed: int) -> Estimate | None:
    """The share that passes, with the interval that the table of arms gives the same numbers."""
    if not ruled:
        return None
    passed = [row[1].scores["rules_pass"] or 0.0 for row in ruled]
    return statistics.estimate(passed, clusters=[row[2] for row in ruled], resamples=resamples, seed=seed)


def _has_rules(judge: TextJudge | LabelJudge) -> bool:
    return isinstance(judge, TextJudge) and any(not r.tasks or judge.task in r.tasks for r in judge.rules.rules)


def _broken(rows: Sequence[Row], judges: Judges) -> tuple[BrokenRule, ...]:
    """The rules of level error that most outputs break, each with one place where."""
    counts: Counter[str] = Counter()
    seen: dict[str, tuple[str, str]] = {}
    for example, output, _ in rows:
        judge = judges[example.task]
        errors = (
            {rule.name for rule in judge.rules.rules if rule.level == "error"}
            if isinstance(judge, TextJudge)
            else set()
        )
        found = {finding.rule: finding for finding in reversed(output.findings) if finding.rule in errors}
        counts.update(found.keys())
        for name, finding in found.items():
            seen.setdefault(name, (finding.message, _cut(output.text[finding.start : finding.end])))
    return tuple(
        BrokenRule(rule=name, message=seen[name][0], outputs=count, example=seen[name][1])
        for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_BROKEN]
    )


def _fingerprint(rows: Sequence[Row], judges: Judges, texts: Mapping[str, str]) -> FingerprintLine | None:
    known = [row for row in rows if row[1].scores.get("fingerprint") is not None]
    if not known:
        return None
    values = [row[1].scores["fingerprint"] or 0.0 for row in known]
    clusters = [row[2] for row in known]
    within = [float(value >= UNUSUAL) for value in values]
    auc: dict[str, float] = {}
    for task in dict.fromkeys(row[0].task for row in known):
        judge = judges[task]
        if isinstance(judge, TextJudge) and judge.fingerprint:
            auc |= {f"{task} against {name}": area for name, area in judge.fingerprint.auc.items()}
    return FingerprintLine(
        percentile=clustered_estimate(values, clusters=clusters, low=0.0, high=1.0),
        within=clustered_estimate(within, clusters=clusters, low=0.0, high=1.0),
        auc=auc,
        nearest=tuple(near for row in known[:MOST_NEAREST] if (near := _nearest(row, judges, texts))),
    )


def _nearest(row: Row, judges: Judges, texts: Mapping[str, str]) -> Nearest | None:
    """The brand's own text that an output is most like, and what stands out in the output."""
    judge = judges[row[0].task]
    if not isinstance(judge, TextJudge) or judge.fingerprint is None or not row[1].text.strip():
        return None
    reading = judge.fingerprint.read(row[1].text)
    source = judge.sources[reading.nearest[0]] if judge.sources else ""
    return Nearest(
        output=_cut(row[1].text),
        percentile=reading.percentile,
        traits=tuple(trait_words(trait) for trait in reading.traits),
        real=_cut(texts.get(source, "")),
        real_id=source,
    )


def trait_words(trait: Trait) -> str:
    """A trait as people read it.

    >>> trait_words(Trait("contractions", 0.0, 0.62, -2.4))
    'contractions: 0 %, usually 62 %'
    """
    return f"{trait.name}: {_percent(trait.share)}, usually {_percent(trait.usual)}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.1 or share == 0 else f"{100 * share:.1f} %"


def _claims(rows: Sequence[Row]) -> ClaimsLine | None:
    counted = [row[1].claims for row in rows if row[1].claims is not None]
    if not counted:
        return None
    matched, unmatched, contradicted, expired = (sum(counts[place] for counts in counted) for place in range(4))
    return ClaimsLine(
        outputs=len(counted), matched=matched, unmatched=unmatched, contradicted=contradicted, expired=expired
    )


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= EXCERPT_CHARS else f"{flat[: EXCERPT_CHARS - 1].rstrip()}…"
