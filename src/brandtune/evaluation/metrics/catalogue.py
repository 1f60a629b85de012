"""Every metric by name: what it means and how it is read. A task names those that judge it in `Task.metrics`."""

import difflib
from collections.abc import Mapping

from brandtune.core.errors import ConfigError
from brandtune.core.tasks import Task
from brandtune.evaluation.results import Metric


def _share(name: str, title: str, description: str, *, higher: bool = True, detail: bool = True) -> Metric:
    return Metric(name=name, title=title, description=description, higher_is_better=higher, detail=detail)


TEXT_METRICS = (
    _share("on_brand", "On-brand", "Passes every brand rule and scores at least the style threshold.", detail=False),
    _share("rules_pass", "Rules passed", "No brand rule of level error is broken.", detail=False),
    Metric(
        name="style",
        title="Style score",
        description="How sure a classifier is that the brand's people wrote it, not the base model (0 to 1).",
        unit="score",
    ),
    _share(
        "facts_ok",
        "Facts",
        "No number in it contradicts the brand's facts or rests on an expired one; it says nothing that they call untrue.",
        detail=False,
    ),
    _share(
        "well_formed",
        "Well-formed",
        "Ended by itself, of usual length, with no stray marks and no personal data placeholder made up.",
        detail=False,
    ),
    Metric(
        name="similarity",
        title="Like the human text",
        description="1 minus the share of characters to edit to get what people wrote.",
        unit="score",
    ),
    _share(
        "fingerprint", "Fingerprint percentile", "Share of the brand's own texts that are no more usual than this one."
    ),
    _share(
        "claims_supported", "Claims supported", "Numbers in it that a fact of the brand supports, of all its claims."
    ),
    Metric(
        name="unsupported_claims",
        title="Unsupported claims",
        description="Numbers in it that no fact supports or that one contradicts, and statements that the facts call untrue.",
        unit="count",
        higher_is_better=False,
        detail=True,
    ),
    _share("format_ok", "Prescribed form", "Has the length, terms, pattern or JSON that the task prescribes."),
    _share("off_limits_ok", "Nothing off limits", "Holds no word that the brand put off limits."),
    _share("abuse_free", "No abuse", "Holds no insult and no swearing."),
    _share("safe", "Safe", "Holds neither: no abuse, and nothing off limits."),
    _share(
        "revised", "Revision rate", "People would change more than a fifth of it to get what they wrote.", higher=False
    ),
    Metric(
        name="editing_s",
        title="Time to publishable",
        description="Estimated seconds to read it and turn it into what people wrote.",
        unit="seconds",
        higher_is_better=False,
        detail=True,
    ),
    Metric(
        name="copied_words",
        title="Longest copied run",
        description="Words in a row that stand in a training text, the house's common phrases aside.",
        unit="count",
        higher_is_better=False,
        detail=True,
    ),
    _share("contained", "Containment", "Answers by itself and hands the customer over to nobody."),
    _share(
        "resolution",
        "Resolution accuracy",
        "Answers or hands over as the person did, gives the numbers that the person gave, and none that is wrong.",
    ),
    Metric(
        name="chrf",
        title="chrF",
        description="Runs of characters shared with the translator's text, 0 to 1 (chrF2).",
        unit="score",
        detail=True,
    ),
    _share("glossary_kept", "Glossary kept", "Terms of the glossary that it uses, of those that its source needs."),
)
LABEL_METRICS = (
    _share("accuracy", "Accuracy", "The label is the one people gave.", detail=False),
    Metric(name="macro_f1", title="Macro F1", description="F1 of each label, averaged over labels.", unit="score"),
    _share("valid_label", "Valid label", "The answer is one of the labels.", detail=False),
    _share("abstained", "Abstained", "The answer names no label: the question is left to a person.", higher=False),
    _share("hit_rate", "Hit rate", "Chooses the action that was taken and worked."),
    Metric(
        name="lift",
        title="Lift over what was done",
        description="Outcomes its choices would bring, against the choices on record (1 is as many); inverse propensity, "
        "with standard errors and effective sample sizes under Keep in mind.",
        unit="score",
        detail=True,
    ),
)
# Metrics of a whole set of outputs; they have no value for one output.
SET_METRICS = (
    Metric(
        name="distinct_2",
        title="Distinct pairs of words",
        description="Different ones among all pairs of neighbouring words.",
        unit="share",
        detail=True,
    ),
    _share("self_overlap", "Repeats itself", "Runs of four words that stand in another output too.", higher=False),
    Metric(
        name="tone_spread",
        title="Tone spread",
        description="How much the tone varies from output to output; the brand's own texts vary by 1.",
        unit="score",
        higher_is_better=False,
        detail=True,
    ),
)
LOSS_METRIC = Metric(
    name="loss",
    title="Held-out loss",
    description="Cross-entropy on what people wrote, per token.",
    unit="nats",
    higher_is_better=False,
)
ALL = {metric.name: metric for metric in (*TEXT_METRICS, *LABEL_METRICS, *SET_METRICS, LOSS_METRIC)}


def check_metrics(tasks: Mapping[str, Task]) -> None:
    """Refuse tasks that name a metric nobody computes.

    Raises:
        ConfigError: Names the task, the metric and the nearest known one.
    """
    for kind, task in tasks.items():
        known = [metric.name for metric in (TEXT_METRICS if task.output == "text" else LABEL_METRICS)]
        for name in task.metrics:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                fix = f"Did you mean `{near[0]}`?" if near else f"Choose from {', '.join(known)}."
                raise ConfigError(f"`{name}` is no metric for {task.output}s.", where=f"tasks.{kind}.metrics", fix=fix)
