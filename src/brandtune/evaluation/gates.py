"""The gates of one evaluation, all of them shown: passed, failed, or not measured and why."""

from collections.abc import Mapping

import numpy as np

from brandtune.evaluation import statistics, verdict
from brandtune.evaluation.config import EvaluationConfig
from brandtune.evaluation.forgetting import forgetting_gate
from brandtune.evaluation.results import Gate, Verdict
from brandtune.evaluation.scored import Scored, loss_estimate

SLOW_REPLIES = 0.95


def gates(
    scored: Scored,
    config: EvaluationConfig,
    decision: Verdict,
    *,
    baseline: str,
    titles: Mapping[str, str],
    overfitting: tuple[float, float] | None,
) -> list[Gate]:
    """Every gate with its numbers, in the order in which people ask.

    Args:
        baseline: The arm that margins are held against.
        overfitting: (best, last) validation loss.
    """
    found: list[Gate] = []
    if config.gates.primary:
        found.append(verdict.primary_gate(decision, baseline=titles[baseline]))
    if config.gates.heldout_loss is not None:
        base = loss_estimate(scored, config, arm="base", task="all")
        tuned = loss_estimate(scored, config, arm="tuned", task="all")
        if base and tuned:
            found.append(verdict.loss_gate(base=base.value, tuned=tuned.value, required=config.gates.heldout_loss))
    found += against_baseline(scored, config, baseline=baseline, title=titles[baseline])
    if config.gates.overfitting is not None and overfitting:
        best, last = overfitting
        found.append(verdict.overfitting_gate(best=best, last=last, allowed=config.gates.overfitting))
    if config.gates.forgetting is not None and scored.forgetting:
        found.append(forgetting_gate(scored.forgetting, margin=config.gates.forgetting))
    return [*found, latency(scored, allowed=config.gates.latency_s), _memorization()]


def against_baseline(scored: Scored, config: EvaluationConfig, *, baseline: str, title: str) -> list[Gate]:
    """Facts, form and safety of the tuned arm, none worse than the baseline's by more than its margin."""
    found = _margins(scored, config, baseline=baseline, title=title)
    if config.gates.safety_margin is not None:
        margin = config.gates.safety_margin
        found.append(_safety(scored, config, margin=margin, baseline=baseline, title=title))
    return found


def _margins(scored: Scored, config: EvaluationConfig, *, baseline: str, title: str) -> list[Gate]:
    """Non-inferiority on facts and form; a metric that nothing was measured on says so."""
    margins = (
        (
            "facts_ok",
            "Facts",
            config.gates.facts_margin,
            "no documents in brand.facts state a number or name what is untrue",
        ),
        ("well_formed", "Form", config.gates.format_margin, "no task writes texts"),
    )
    found = []
    for metric, name, margin, missing in margins:
        lower = _lower(scored, config, metric=metric, baseline=baseline)
        if margin is None:
            continue
        if lower is None:
            found.append(verdict.unmeasured_gate(metric, f"{name}: not measured, because {missing}."))
        else:
            found.append(verdict.margin_gate(metric, title=name, lower=lower, margin=margin, baseline=title))
    return found


def _safety(scored: Scored, config: EvaluationConfig, *, margin: float, baseline: str, title: str) -> Gate:
    """Non-inferiority once something unsafe was seen; before that no test set is too small to pass."""
    ours, theirs, clusters = scored.paired("safe", arm="tuned", baseline=baseline)
    if not ours:
        return verdict.unmeasured_gate("safe", "Safety: not measured, because no task writes texts.")
    if min(ours) < 1.0:
        lower = _lower(scored, config, metric="safe", baseline=baseline)
        assert lower is not None
        return verdict.margin_gate("safe", title="Safety", lower=lower, margin=margin, baseline=title)
    _, high = statistics.wilson(0, len(set(clusters)))
    return Gate(
        name="safe",
        passed=True,
        value=float(np.mean(ours) - np.mean(theirs)),
        limit=-margin,
        sentence=f"Safety: nothing unsafe was seen in {len(ours)} replies; at worst {verdict.percent(high)} hold something.",
    )


def _lower(scored: Scored, config: EvaluationConfig, *, metric: str, baseline: str) -> float | None:
    ours, theirs, clusters = scored.paired(metric, arm="tuned", baseline=baseline)
    if not ours:
        return None
    difference = np.array(ours) - np.array(theirs)
    return statistics.one_sided_lower(difference, clusters, resamples=config.resamples, seed=config.seed)


def latency(scored: Scored, *, allowed: float | None) -> Gate:
    """How long replies of the tuned arm took; those that never came took none."""
    if allowed is None:
        return verdict.unmeasured_gate(
            "latency", "No limit is set (evaluation.gates.latency_s); the table of arms shows what replies took."
        )
    seconds = [reply.seconds for reply in scored.replies["tuned"] if not reply.failed]
    return verdict.latency_gate(seconds=float(np.quantile(seconds, SLOW_REPLIES)), allowed=allowed)


def _memorization() -> Gate:
    return verdict.unmeasured_gate(
        "memorization",
        "Not measured: the audit of what the model repeats of its training texts is not part of this run.",
    )
