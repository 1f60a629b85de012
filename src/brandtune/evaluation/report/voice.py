"""Brand voice as the report shows it: four lines an arm, side by side and never added up; blank where nothing is known."""

from dataclasses import dataclass

from brandtune.evaluation.report.comparisons import arm_title
from brandtune.evaluation.report.numbers import interval_text, title_text, value_text
from brandtune.evaluation.results import (
    BrokenRule,
    ClaimsLine,
    Estimate,
    FingerprintLine,
    Nearest,
    PairwiseLine,
    Report,
)

PEOPLE = "people"
NOBODY_COMPARED = (
    "Nobody compared texts blindly: have people vote (brandtune review export --queue pairs), or name a judge "
    "(evaluation.judge)."
)
NO_EVIDENCE = "no evidence"
LINES = ("Rules", "Fingerprint", "Blind comparison", "Claims")
MEANINGS = (
    "Share of texts that break no brand rule of level error.",
    "How usual a text's habits are for the brand: contractions, sentence rhythm, openings, person, punctuation. "
    "People's own texts average 50 %.",
    "How often a text was preferred to what people wrote, by somebody who did not know which is which; 50 % is a draw.",
    "Numbers with a unit that a text states, looked up in the brand's facts.",
)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of one arm: the number, and what it rests on; empty where there is no evidence."""

    title: str
    value: str = ""
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class VoiceRow:
    """One arm's four lines, with what its outputs broke and what they are most like."""

    arm: str
    tuned: bool
    lines: tuple[Line, ...]
    broken: tuple[BrokenRule, ...]
    nearest: tuple[Nearest, ...]


@dataclass(frozen=True, kw_only=True)
class VoiceView:
    """`trust` says how well the fingerprint and the judge do, in sentences."""

    rows: list[VoiceRow]
    trust: list[str]


def voice_view(report: Report) -> VoiceView:
    """The section on brand voice; without rows where no arm wrote texts."""
    tuned = {arm.name for arm in report.arms if arm.tuned}
    rows = [
        VoiceRow(
            arm=arm_title(report, one.arm),
            tuned=one.arm in tuned,
            lines=(_rules(one.rules), _fingerprint(one.fingerprint), _pairwise(one.pairwise), _claims(one.claims)),
            broken=one.broken,
            nearest=one.fingerprint.nearest if one.fingerprint else (),
        )
        for one in report.voice
    ]
    return VoiceView(rows=rows, trust=_trust(report))


def _shown(estimate: Estimate) -> str:
    interval = interval_text(estimate, unit="share")
    return f"95 % interval {interval}" if interval else ""


def _rules(rules: Estimate | None) -> Line:
    if rules is None:
        return Line(title=LINES[0])
    return Line(title=LINES[0], value=f"{value_text(rules.value, unit='share')} pass", detail=_shown(rules))


def _fingerprint(line: FingerprintLine | None) -> Line:
    if line is None:
        return Line(title=LINES[1])
    within = value_text(line.within.value, unit="share")
    return Line(
        title=LINES[1],
        value=f"more usual than {value_text(line.percentile.value, unit='share')} of people's texts",
        detail=f"{_shown(line.percentile)}; {within} of the texts are nothing unusual for the brand".lstrip("; "),
    )


def _pairwise(line: PairwiseLine | None) -> Line:
    if line is None:
        return Line(title=LINES[2])
    counted = f"{line.wins} won, {line.ties} tied, {line.losses} lost against people's text"
    failed = f"; {line.failed} failed and do not count" if line.failed else ""
    trust = "" if line.trusted else "; the judge is not trusted"
    trust += f"; with the judge's help {_number(line.corrected)}" if line.corrected else ""
    return Line(
        title=LINES[2],
        value=f"{value_text(line.score.value, unit='share')} (wins and half the ties)",
        detail="; ".join(part for part in (_shown(line.score), counted) if part) + failed + trust,
    )


def _claims(line: ClaimsLine | None) -> Line:
    if line is None:
        return Line(title=LINES[3])
    return Line(
        title=LINES[3],
        value=f"{line.matched} matched",
        detail=f"{line.unmatched} unmatched, {line.contradicted} contradicted, {line.expired} expired, "
        f"in {line.outputs} outputs",
    )


def _trust(report: Report) -> list[str]:
    areas = {name: area for one in report.voice if one.fingerprint for name, area in one.fingerprint.auc.items()}
    told = [f"{title_text(name)}: {area:.2f}" for name, area in areas.items()]
    sentences = []
    if told:
        sentences.append(
            "How well the fingerprint tells held-out texts of the brand from others (AUC; 0.5 is not at all, 1 always): "
            + ", ".join(told)
            + "."
        )
    if report.voice and not any(one.pairwise for one in report.voice):
        sentences.append(NOBODY_COMPARED)
    judges = {one.pairwise.judge: one.pairwise for one in report.voice if one.pairwise}
    sentences += [_judge(line) for name, line in judges.items() if name != PEOPLE]
    return sentences + [
        _people(one.pairwise, arm=arm_title(report, one.arm))
        for one in report.voice
        if one.pairwise and one.pairwise.judge == PEOPLE
    ]


def _people(line: PairwiseLine, *, arm: str) -> str:
    sentence = f"The blind comparison of {arm} is people's"
    if line.num_people:
        sentence += f": {line.num_labels} votes of {line.num_people} people"
    if line.people_agree is not None:
        sentence += f", who agree with one another at Krippendorff's alpha {line.people_agree:.2f}"
    if line.agreement is None:
        return f"{sentence}.{_corrected(line)}"
    about = f"at kappa {line.agreement:.2f} on {line.num_compared} outputs"
    return f"{sentence}. The judge {line.compared_judge} agrees with them {about}.{_corrected(line)}"


def _corrected(line: PairwiseLine) -> str:
    """Both raw numbers, and the judge's with its bias taken out; nothing where one of them is missing."""
    if line.corrected is None or line.judged is None or line.weight is None:
        return ""
    return (
        f" Wins and half the ties are {_number(line.score)} by people alone on what they voted on, {_number(line.judged)} by "
        f"the judge alone on all, and {_number(line.corrected)} with the judge's bias taken out by the votes (PPI++, weight "
        f"of the judge {line.weight:.2f}). That holds where what people voted on was chosen by chance, as the export does."
    )


def _number(estimate: Estimate) -> str:
    interval = interval_text(estimate, unit="share")
    return f"{value_text(estimate.value, unit='share')}{f' ({interval})' if interval else ''}"


def _judge(line: PairwiseLine) -> str:
    parts = []
    if line.position_bias is not None:
        parts.append(f"prefers the text shown first by {100 * line.position_bias:+.0f} points")
    if line.consistent is not None:
        parts.append(f"says the same in both orders for {value_text(line.consistent, unit='share')}")
    if line.agreement is None:
        parts.append(f"has {line.num_labels} comparisons by people to be judged by, too few to know its agreement")
    else:
        parts.append(f"agrees with people at kappa {line.agreement:.2f} on {line.num_labels} comparisons")
    return f"The judge {line.judge} {', '.join(parts)}."
