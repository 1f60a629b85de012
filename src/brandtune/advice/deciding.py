"""The recommendation: the verdict first, then the gates, then the money. `not tuning` wins whatever is not proven."""

from collections.abc import Sequence
from dataclasses import dataclass

from brandtune.advice.results import WORDS, ArmCost, Choice, Curve, Return
from brandtune.evaluation.results import Contrast, Report

# How sure it must be that tuning pays before it is recommended; between this and its opposite the money leaves it open.
SURE = 0.8
# Below this share of usable drafts a model takes more of people's time than it gives, whatever the costs.
USELESS = 0.2
UNTUNED: dict[str, Choice] = {"base": "prompt", "prompt": "prompt", "few_shot": "few_shot", "rag": "rag"}


@dataclass(frozen=True)
class Decision:
    choice: Choice
    sure: bool
    reasons: tuple[str, ...]
    fix_first: tuple[str, ...]

    @property
    def headline(self) -> str:
        return WORDS[self.choice]


def decide(report: Report, *, returns: Return | None, curve: Curve | None = None) -> Decision:
    """What to do after a run that measured the arms.

    Args:
        returns: None where no costs are known; then quality alone decides, and that is said.
    """
    outcome = report.verdict.outcome
    fix = _fix_first(report, returns=returns, curve=curve)
    proof = (report.verdict.sentence, *_money(returns), *_caution(report, returns))
    if outcome == "cannot_tell":
        why = "Until that is settled, the best alternative is the safer choice: " + _baseline_words(report)
        return Decision("collect_data", False, (*proof, why), fix)
    if outcome == "not_better":
        return _without_tuning(report, returns, proof, fix)
    failed = [gate for gate in report.gates if not gate.passed and gate.measured]
    if failed:
        told = f"It did better, but it failed {_names([gate.name for gate in failed])}, so it may not be released."
        return _failed(report, (*proof, told), fix)
    if returns is not None and returns.probability < SURE:
        return _too_dear(report, returns, proof, fix)
    choice, retrieval = _with_or_without_rag(report)
    unknown = [] if returns else ["No costs are given, so nothing is said about money (`costs` in brandtune.yaml)."]
    return Decision(choice, True, (*proof, *retrieval, *unknown), fix)


def _failed(report: Report, proof: tuple[str, ...], fix: tuple[str, ...]) -> Decision:
    """Until the gate passes the best alternative serves, unless hardly a draft of it is usable."""
    baseline = report.verdict.primary.baseline if report.verdict.primary else ""
    usable = _share(report, baseline)
    if usable is None or usable >= USELESS:
        return Decision(_best_untuned(report), False, (*proof, _baseline_words(report)), fix)
    told = f"The best alternative is no way out: {usable * 100:.0f} % of its drafts are usable."
    return Decision("fix_first", False, (*proof, told), fix)


def _without_tuning(report: Report, returns: Return | None, proof: tuple[str, ...], fix: tuple[str, ...]) -> Decision:
    best = _best_untuned(report)
    arms = {arm.arm: arm for arm in returns.arms} if returns else {}
    if returns and report.verdict.primary and _hand_is_cheaper(arms, report.verdict.primary.baseline):
        told = "Its drafts save less time than looking at them takes, so writing by hand is cheaper than any arm here."
        return Decision("by_hand", True, (*proof, told), fix)
    return Decision(best, True, (*proof, _baseline_words(report)), fix)


def _too_dear(report: Report, returns: Return, proof: tuple[str, ...], fix: tuple[str, ...]) -> Decision:
    """Better, but it does not surely pay: say at which volume it would."""
    sure = returns.probability <= 1 - SURE
    even = returns.break_even.value
    told = (
        f"It would pay from about {even:,.0f} texts a month; there are {returns.pieces_per_month:,.0f}."
        if even is not None
        else "It saves nothing on a text, so no volume makes it pay."
    )
    return Decision(_best_untuned(report), sure, (*proof, told, _baseline_words(report)), fix)


def _hand_is_cheaper(arms: dict[str, ArmCost], baseline: str) -> bool:
    return bool(arms) and arms["by_hand"].piece < min(arms[baseline].piece, arms["tuned"].piece)


def _best_untuned(report: Report) -> Choice:
    primary = report.verdict.primary
    return UNTUNED.get(primary.baseline, "prompt") if primary else "prompt"


def _baseline_words(report: Report) -> str:
    primary = report.verdict.primary
    arm = next((arm for arm in report.arms if primary and arm.name == primary.baseline), None)
    return f"{arm.title} did best without tuning, chosen on validation." if arm else "Use the best prompt you have."


def _with_or_without_rag(report: Report) -> tuple[Choice, tuple[str, ...]]:
    """Retrieval is added where it was proven to help the tuned model, or where it kept the facts better."""
    for contrast in report.contrasts:
        if contrast.baseline == "tuned_rag" and _significant(contrast):
            helps = contrast.difference.value < 0
            word = "better" if helps else "worse"
            told = (
                f"With retrieved passages the tuned model did {word} ({contrast.difference.value * -100:+.1f} points)."
            )
            return ("tune_rag" if helps else "tune"), (told,)
    if any(arm.name == "tuned_rag" for arm in report.arms):
        return "tune", ("Retrieved passages made no proven difference to the tuned model, so they can be left out.",)
    return "tune", ()


def _significant(contrast: Contrast) -> bool:
    return (contrast.p_adjusted if contrast.p_adjusted is not None else contrast.p_value) < 0.05


def _money(returns: Return | None) -> tuple[str, ...]:
    if returns is None:
        return ()
    net, even, money = returns.net_month, returns.break_even, returns.currency
    assert net.value is not None
    first = (
        f"At {returns.pieces_per_month:,.0f} texts a month it returns {net.value:+,.0f} {money} a month against "
        f"{returns.against}, over {returns.horizon_months} months (95 % interval {_amount(net.low)} to {_amount(net.high)}); "
        f"the chance that it pays is {returns.probability * 100:.0f} %."
    )
    second = (
        "It does not pay at any volume, because it saves nothing on a text."
        if even.value is None
        else f"It breaks even at {even.value:,.0f} texts a month ({_texts(even.low)} to {_texts(even.high)})."
    )
    return first, second


def _caution(report: Report, returns: Return | None) -> tuple[str, ...]:
    """Money that rests on how drafts sound, not on what people did with them, says so."""
    primary = report.verdict.primary
    if returns is None or primary is None or primary.metric != "on_brand" or returns.inputs[0].source == "fact":
        return ()
    return (
        "The money takes a draft for usable when it is on-brand, keeps to the facts and is well-formed; whether it "
        "answers is not known. What people really sent tells: brandtune advise --facts FILE with `edits`.",
    )


def _amount(value: float | None) -> str:
    return "without end" if value is None else f"{value:+,.0f}"


def _texts(value: float | None) -> str:
    return "never" if value is None else f"{value:,.0f}"


def _names(names: Sequence[str]) -> str:
    return ("the gate " if len(names) == 1 else "the gates ") + ", ".join(f"`{name}`" for name in names)


FIXES = {
    "facts_ok": "Facts: put retrieved passages into the prompt, and look at which answers contradict brand.facts.",
    "well_formed": "Form: look at the samples that failed; a longer max_new_tokens or shorter training texts often help.",
    "forgetting": "Forgetting: fewer epochs, a smaller learning rate, or a lower LoRA rank.",
    "overfitting": "Overfitting: fewer epochs, or more data.",
    "heldout_loss": "Held-out loss fell by too little: check that the training texts are the ones you want to sound like.",
    "safe": "Safety: take texts with off-limits terms out of the training data.",
    "latency": "Time to reply: a smaller base, a shorter prompt, or a quantized model.",
}


def _fix_first(report: Report, *, returns: Return | None, curve: Curve | None) -> tuple[str, ...]:
    """Failed gates, then what the test set and the data lack, then what would make the money surer."""
    fixes = [FIXES[gate.name] for gate in report.gates if not gate.passed and gate.name in FIXES]
    if report.verdict.outcome == "cannot_tell" and report.verdict.needed_examples:
        more = report.verdict.needed_examples - report.num_test
        fixes.append(f"Hold out more examples: about {report.verdict.needed_examples} in all, {max(more, 1)} more.")
    if curve is not None:
        fixes.append(curve.sentence)
    ceiling = _share(report, "human")
    if ceiling is not None and ceiling < 0.7:
        fixes.append(
            f"Only {ceiling * 100:.0f} % of what people wrote passes as on-brand: look at the rules and at the data first."
        )
    usable = _share(report, "tuned")
    if usable is not None and usable < USELESS:
        fixes.append(f"Only {usable * 100:.0f} % of the tuned drafts are usable: try a larger base before more data.")
    fixes += _unsure(returns)
    return tuple(fixes)


def _share(report: Report, arm: str) -> float | None:
    metric = report.verdict.primary.metric if report.verdict.primary else ""
    cells = [cell for cell in report.cells if (cell.arm, cell.metric, cell.task) == (arm, metric, "all")]
    return cells[0].estimate.value if cells else None


def _unsure(returns: Return | None) -> list[str]:
    """The assumption that the money hangs on most, if it is one."""
    if returns is None:
        return ["Say what writing costs today: `costs` in brandtune.yaml."]
    for swing in returns.swings:
        if swing.source == "measured":
            continue
        if swing.source in ("assumed", "given") and swing.at_low * swing.at_high < 0:
            word = "an assumption" if swing.source == "assumed" else "an estimate"
            return [f"Measure “{swing.title}”: it is {word}, and whether tuning pays hangs on it."]
    return []
