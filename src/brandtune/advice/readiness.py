"""Is the company ready to tune? Examples, consent, owner, KPIs, format, and whether the test can show anything."""

from collections.abc import Mapping

from brandtune.advice.results import Check
from brandtune.core.records import Struct

FEW_EXAMPLES, ENOUGH_EXAMPLES = 50, 300


class Preparation(Struct, frozen=True, kw_only=True):
    """What is known before training.

    Attributes:
        examples: Task -> training examples.
        asked: People, and how many of them agreed (under consent).
        rows_read: Rows that became records; `rows_rejected` could not be read.
        detectable: Smallest difference that the held-out customers can show; `worthwhile` the smallest that matters.
    """

    examples: dict[str, int]
    lawful_basis: str
    num_people: int
    num_consented: int
    rows_read: int
    rows_rejected: int
    detectable: float
    worthwhile: float
    num_rules: int
    has_voice: bool
    num_facts: int
    owner: str = ""
    num_kpis: int = 0
    has_costs: bool = False


def readiness(known: Preparation) -> tuple[Check, ...]:
    """One line for each thing that a project fails on when it is missing."""
    return (
        *_examples(known.examples),
        _consent(known),
        _owner(known),
        _kpis(known),
        _format(known),
        _voice(known),
        _test(known),
        Check(
            name="costs",
            state="ready" if known.has_costs else "missing",
            sentence="What writing costs today is given."
            if known.has_costs
            else "Nobody has said what writing costs today, so no return can be worked out: `costs` in brandtune.yaml.",
        ),
    )


def _examples(examples: Mapping[str, int]) -> list[Check]:
    if not examples:
        return [Check(name="examples", state="missing", sentence="No record becomes an example of any task.")]
    found = []
    for task, count in examples.items():
        state, word = "ready", "which is dependable"
        if count < FEW_EXAMPLES:
            state, word = "missing", f"and style shows from about {FEW_EXAMPLES}"
        elif count < ENOUGH_EXAMPLES:
            state, word = "weak", f"enough to try; several hundred (say {ENOUGH_EXAMPLES}) are dependable"
        sentence = f"{task}: {count:,} training examples, {word}."
        found.append(Check(name="examples", state=state, sentence=sentence))  # type: ignore[arg-type]
    return found


def _consent(known: Preparation) -> Check:
    if known.lawful_basis != "consent":
        return Check(
            name="consent", state="ready", sentence=f"Lawful basis: {known.lawful_basis}, with a recorded assessment."
        )
    if not known.num_people:
        return Check(name="consent", state="ready", sentence="The records are about no people.")
    share = known.num_consented / known.num_people
    told = f"{known.num_consented:,} of {known.num_people:,} people ({share * 100:.0f} %) agreed to model training."
    if share >= 0.2:
        return Check(name="consent", state="ready", sentence=told)
    word = "missing" if not known.num_consented else "weak"
    return Check(name="consent", state=word, sentence=f"{told} Ask them, or map your column of consent.")  # type: ignore[arg-type]


def _owner(known: Preparation) -> Check:
    if known.owner:
        return Check(name="owner", state="ready", sentence=f"{known.owner} owns the pilot.")
    return Check(
        name="owner", state="missing", sentence="Nobody owns it yet: brandtune advise --pilot --owner NAME --until DATE"
    )


def _kpis(known: Preparation) -> Check:
    if known.num_kpis:
        return Check(name="kpis", state="ready", sentence=f"{known.num_kpis} KPIs with targets and a date.")
    return Check(name="kpis", state="missing", sentence="No KPI has a target yet; the pilot plan sets them.")


def _format(known: Preparation) -> Check:
    total = known.rows_read + known.rows_rejected
    share = known.rows_rejected / total if total else 0.0
    told = f"{known.rows_rejected:,} of {total:,} rows could not be read ({share * 100:.1f} %)."
    state = "ready" if share < 0.02 else "weak" if share < 0.2 else "missing"
    return Check(name="format", state=state, sentence=told)  # type: ignore[arg-type]


def _voice(known: Preparation) -> Check:
    lacking = [
        name
        for name, there in (("a voice guide", known.has_voice), ("brand rules", known.num_rules),
                            ("documents with facts", known.num_facts))
        if not there
    ]  # fmt: skip
    if not lacking:
        return Check(name="voice", state="ready", sentence="Voice guide, brand rules and facts are there.")
    state = "missing" if len(lacking) == 3 else "weak"
    told = f"There is no {', no '.join(name.removeprefix('a ') for name in lacking)}; a strong prompt needs them too."
    return Check(name="voice", state=state, sentence=told)  # type: ignore[arg-type]


def _test(known: Preparation) -> Check:
    told = f"The held-out customers can show a difference of {known.detectable * 100:.0f} points or more."
    if known.detectable <= known.worthwhile:
        return Check(name="test", state="ready", sentence=told)
    small = f"{told} A gain of {known.worthwhile * 100:.0f} points, the least that matters, may stay unseen."
    return Check(name="test", state="weak" if known.detectable <= 0.3 else "missing", sentence=small)
