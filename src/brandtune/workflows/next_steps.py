"""What to do with the answer of a run, in sentences that a person can act on."""

from brandtune.evaluation.report.comparisons import arm_title
from brandtune.evaluation.results import Report

ADVICE = {
    "primary": "The gain is too small or too uncertain: use the best alternative, or collect more held-out examples.",
    "heldout_loss": "The model did not learn the house texts: look at the training curve, then train longer or clean up.",
    "facts_ok": "Read the samples with a fact finding; try the arm with retrieval, or take wrong answers out of the data.",
    "well_formed": "Read the samples with a form finding: replies that are cut off need a longer max_new_tokens.",
    "safe": "Read the samples with a safety finding; take such texts out of the training data.",
    "forgetting": "Train less, at a lower learning rate, or mix in general data (training.mix).",
    "overfitting": "Train fewer epochs, or on more examples.",
    "serving": "Serve with more bits or another engine: what is served writes worse than what was evaluated.",
    "serving_answered": "Look into the server's log; fewer requests at once (endpoint.concurrency) or more time may do.",
    "latency": "Use a smaller base or shorter prompts, or allow more time (evaluation.gates.latency_s).",
}
SMALL = "If what was seen is too little to tell, score more held-out examples (evaluation.max_test)."
BY_MARGIN = frozenset({"facts_ok", "well_formed", "safe"})


def next_steps(report: Report, *, released: bool) -> list[str]:
    """At most a handful, the most important first."""
    if released:
        return [
            "Talk to it: brandtune chat",
            "Read the side-by-side samples below and mark what you would not send.",
            "Keep the runner-up prompt: it is the fallback if the tuned model must be switched off.",
        ]
    if report.verdict.outcome == "cannot_tell":
        return [
            f"Collect more held-out examples: about {report.verdict.needed_examples} would settle it.",
            _meanwhile(report),
        ]
    if report.verdict.outcome == "not_better":
        return ["Do not fine-tune for this yet.", _meanwhile(report), "See what would pay instead: brandtune advise"]
    failed = [gate for gate in report.gates if gate.measured and not gate.passed]
    if not failed:
        return ["Release it: brandtune release"]
    steps = [f"{gate.sentence} {_advice(gate.name)}".rstrip() for gate in failed]
    steps += [SMALL] if any(gate.name in BY_MARGIN for gate in failed) else []
    named = failed[0].name
    return [
        *steps,
        f"If somebody answers for it all the same: brandtune release --override {named} --by NAME --reason TEXT",
    ]


def _advice(gate: str) -> str:
    """What helps; gates that were run again as served (`serving_facts_ok`) share one answer."""
    return ADVICE.get(gate) or (ADVICE["serving"] if gate.startswith("serving_") else "")


def _meanwhile(report: Report) -> str:
    primary = report.verdict.primary
    best = arm_title(report, primary.baseline) if primary else "the best arm without tuning"
    return f"Use {best} meanwhile; its texts are in the samples below."
