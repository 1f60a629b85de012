"""Whether the model as it will be served is no worse than the model as it was evaluated: the same examples, paired."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from brandtune.core.errors import DataError
from brandtune.core.examples import Example
from brandtune.evaluation import statistics, verdict
from brandtune.evaluation.calibration import Judge
from brandtune.evaluation.checks import settle
from brandtune.evaluation.config import EvaluationConfig
from brandtune.evaluation.endpoints.writing import failures
from brandtune.evaluation.gates import against_baseline, latency
from brandtune.evaluation.metrics.catalogue import ALL
from brandtune.evaluation.results import Gate, Output, Report, Served
from brandtune.evaluation.scored import Scored
from brandtune.evaluation.served.config import ServeAs
from brandtune.evaluation.study import judged
from brandtune.models.generation import Generated

PREFIX = "serving"
_ARM = "tuned"


def with_served(
    report: Report,
    replies: Sequence[Generated],
    *,
    examples: Sequence[Example],
    judges: Mapping[str, Judge],
    config: EvaluationConfig,
    serve: ServeAs,
    served: Served,
) -> Report:
    """The report with the gates of the served model behind its own.

    Args:
        replies: What the served model wrote for `examples`, which are among those of the report.
        judges: The judges of that evaluation.

    Raises:
        DataError: The report has no primary contrast, or an example that it does not know.
    """
    primary = report.verdict.primary
    if primary is None:
        raise DataError("the report has no primary contrast, so nothing can be compared.", where="release.serve_as")
    scored = Scored(list(examples), replies={_ARM: list(replies)})
    scored.outputs[_ARM] = judged(judges, _ARM, examples, replies)
    notes = [f"As served: {note}" for note in settle(scored)]
    scored.outputs |= {
        name: _evaluated(report, arm, examples) for name, arm in (("evaluated", _ARM), ("baseline", primary.baseline))
    }
    title = next((arm.title for arm in report.arms if arm.name == primary.baseline), primary.baseline)
    found = [_not_worse(scored, config, metric=primary.metric, serve=serve)]
    if served.model:
        found.append(_answered(served, allowed=serve.most_failed))
    found += against_baseline(scored, config, baseline="baseline", title=title)
    if config.gates.latency_s is not None:
        found.append(latency(scored, allowed=config.gates.latency_s))
    return msgspec.structs.replace(
        report,
        gates=(*report.gates, *(_named(gate, served) for gate in found if gate.measured)),
        notes=(*report.notes, *_notes(served, report, replies), *notes),
        served=served,
    )


def _evaluated(report: Report, arm: str, examples: Sequence[Example]) -> list[Output]:
    """What an arm scored in the evaluation; the texts are not needed again."""
    known = {example.example_id: example.scores.get(arm, {}) for example in report.examples}
    unknown = [example.example_id for example in examples if example.example_id not in known]
    if unknown:
        raise DataError(f"{len(unknown)} examples were not evaluated, e.g. {unknown[0]}.", where="release.serve_as")
    return [Output(arm=arm, text="", scores=dict(known[example.example_id])) for example in examples]


def _not_worse(scored: Scored, config: EvaluationConfig, *, metric: str, serve: ServeAs) -> Gate:
    """Non-inferiority on the primary metric against the very model that was evaluated."""
    ours, theirs, clusters = scored.paired(metric, arm=_ARM, baseline="evaluated")
    title = ALL[metric].title
    if not ours:
        return Gate(
            name=PREFIX, passed=False, value=-1.0, limit=-serve.margin,
            sentence=f"no reply has a score of {title}, so nothing is known of the model as served.",
        )  # fmt: skip
    options = {"resamples": config.resamples, "seed": config.seed}
    contrast = statistics.compare(metric, ("served", ours), ("evaluated", theirs), clusters=clusters, **options)
    lower = statistics.one_sided_lower(np.array(ours) - np.array(theirs), clusters, **options)
    gate = verdict.margin_gate(PREFIX, title=title, lower=lower, margin=serve.margin, baseline="as evaluated")
    differs = f"{title} differs by {verdict.points(contrast.difference.value)} from the model as evaluated"
    said = f"{differs}{_interval(contrast.difference.low, contrast.difference.high)}, on {len(ours)} examples"
    bound = f"at worst {verdict.points(gate.value)}; at most {verdict.points(gate.limit)} is allowed."
    unsure = not gate.passed and contrast.difference.value > gate.limit
    hint = " What was seen is within the margin; so few examples cannot make it sure." if unsure else ""
    return msgspec.structs.replace(gate, sentence=f"{said}; {bound}{hint}")


def _interval(low: float | None, high: float | None) -> str:
    if low is None or high is None or not np.isfinite([low, high]).all():
        return ""
    return f" (95 % interval {verdict.points(low)} to {verdict.points(high)})"


def _answered(served: Served, *, allowed: float) -> Gate:
    """How often a server answered at all; what it did not answer has no score and cannot fail the other gates."""
    share = served.num_failed / served.num_examples
    said = f"{served.num_failed} of {served.num_examples} requests ({verdict.percent(share)}) failed after every retry"
    return Gate(
        name="answered", passed=share <= allowed, value=share, limit=allowed,
        sentence=f"{said}; at most {verdict.percent(allowed)} may.",
    )  # fmt: skip


def _named(gate: Gate, served: Served) -> Gate:
    name = gate.name if gate.name == PREFIX else f"{PREFIX}_{gate.name}"
    sentence = f"Served by {served.name}: {gate.sentence}"
    return msgspec.structs.replace(gate, name=name, sentence=sentence)


def _notes(served: Served, report: Report, replies: Sequence[Generated]) -> list[str]:
    by = f"{served.engine} {served.version}".strip()
    what = (
        f"the model `{served.model}` of {by} at {served.host}"
        if served.model
        else f"{by} with {served.file} (sha256 {served.sha256[:12]})"
    )
    asked = f"on {served.num_examples} of the {report.num_test} held-out examples"
    notes = [f"The gates that begin with `{PREFIX}` were run on {what}, {asked}.{_same(served)}"]
    return [*notes, *failures(f"As served by {served.engine}", replies)]


def _same(served: Served) -> str:
    """How much the replies are those of the evaluation: the one sign that a server has the very model."""
    if served.num_same is None:
        return ""
    came = served.num_examples - served.num_failed
    proof = " That it holds the model of this run rests on your word and on this." if served.model else ""
    return f" {served.num_same} of {came} replies are word for word those of the evaluation.{proof}"
