"""Fitting the judges before the test set is looked at: style from training texts, threshold from validation texts."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from brandtune.core.brand import Brand
from brandtune.core.examples import Example
from brandtune.core.ids import keyed_fraction
from brandtune.core.progress import Task as Bar
from brandtune.core.tasks import Task
from brandtune.evaluation.arms import PromptBook, Variant
from brandtune.evaluation.config import EvaluationConfig
from brandtune.evaluation.generating import Writer
from brandtune.evaluation.judges.agreement import cohen_kappa
from brandtune.evaluation.judges.labels import OnBrandLabel
from brandtune.evaluation.judging import LabelJudge, TextJudge, usual_length
from brandtune.scoring.claims import FactBook
from brandtune.scoring.copying import CopyIndex
from brandtune.scoring.fingerprint import FEWEST_TEXTS, Fingerprint
from brandtune.scoring.off_limits import OffLimits
from brandtune.scoring.rules import RuleSet
from brandtune.scoring.style import StyleModel

Judge = TextJudge | LabelJudge
# Below this a character n-gram classifier says more about its sample than about a voice.
FEWEST_STYLE_TEXTS = 20
MOST_STYLE_TEXTS = 1000
# More say little more about how a brand writes, and each costs a millisecond or two.
MOST_FINGERPRINT_TEXTS = 300
FEWEST_LABELS = 10


def choose(examples: Sequence[Example], *, limit: int | None, key: str) -> list[Example]:
    """A choice of `limit` examples that does not depend on their order and hardly on each other, tasks in proportion."""
    ranked = sorted(examples, key=lambda example: keyed_fraction(key, example.example_id))
    return ranked if limit is None else ranked[:limit]


def style_prompts(
    train: Sequence[Example], *, tasks: Mapping[str, Task], config: EvaluationConfig, book: PromptBook
) -> list[Example]:
    """Training examples whose base-model answers show the style score what the brand does *not* sound like."""
    chosen: list[Example] = []
    for kind, task in tasks.items():
        own = [example for example in train if example.task == kind]
        if task.output == "text" and len(own) >= FEWEST_STYLE_TEXTS:
            fitting = [example for example in own if book.fits(example, Variant("base"))]
            chosen += choose(fitting, limit=config.style_negatives, key=f"style/{config.seed}")
    return chosen


def fit_judges(
    *,
    brand: Brand,
    tasks: Mapping[str, Task],
    rules: RuleSet,
    train: Sequence[Example],
    validation: Sequence[Example],
    negatives: Sequence[Example],
    writer: Writer,
    config: EvaluationConfig,
    bar: Bar,
    labels: Sequence[OnBrandLabel] = (),
) -> tuple[dict[str, Judge], list[str]]:
    """One judge a task, and notes on what they rest on.

    Args:
        labels: Texts that people called on-brand or not; they set the threshold of the style score.
    """
    prompts = [example.prompt for example in negatives]
    replies = writer.write(prompts, bar=bar, note="style reference") if prompts else []
    facts = FactBook.from_documents(brand.documents)
    judges: dict[str, Judge] = {}
    notes: list[str] = []
    for kind, task in tasks.items():
        own = [example for example in train if example.task == kind]
        if task.output == "label":
            known = frozenset(e.label for e in [*own, *validation] if e.label and e.task == kind)
            judges[kind] = LabelJudge(kind, known, metrics=tuple(task.metrics))
            continue
        others = [r.text for e, r in zip(negatives, replies, strict=True) if e.task == kind and r.text.strip()]
        held_out = [example.reference for example in validation if example.task == kind]
        style = _fit_style([e.reference for e in own], others, held_out, seed=config.seed)
        notes.append(_note(kind, style, num_held_out=len(held_out)) + _calibrate(style, kind, labels))
        chosen = choose(own, limit=MOST_FINGERPRINT_TEXTS, key=f"fingerprint/{config.seed}")
        judges[kind] = TextJudge(
            kind,
            rules,
            style,
            facts,
            usual_length([e.reference for e in own]),
            metrics=tuple(task.metrics),
            fingerprint=_fit_fingerprint(chosen, others, seed=config.seed),
            sources=tuple(example.example_id for example in chosen),
            copies=copy_index(own),
            off_limits=OffLimits(brand.off_limits),
            form=task.form,
            on=datetime.now(UTC).date(),
            handover=tuple(getattr(task, "handover_phrases", ())),
        )
    return judges, notes


def copy_index(examples: Sequence[Example]) -> CopyIndex:
    """The training texts of a task, to find what was copied from them."""
    return CopyIndex([e.reference for e in examples], owners=[_owner(e) for e in examples])


def _owner(example: Example) -> str:
    return example.subject or example.example_id


def _fit_fingerprint(examples: Sequence[Example], others: Sequence[str], *, seed: int) -> Fingerprint | None:
    owners = [_owner(example) for example in examples]
    if len(examples) < FEWEST_TEXTS or len(set(owners)) < 2:
        return None
    texts = [example.reference for example in examples]
    return Fingerprint.fit(texts, groups=owners, others={"the base model": others}, seed=seed)


def _calibrate(style: StyleModel | None, kind: str, labels: Sequence[OnBrandLabel]) -> str:
    """Set the threshold on people's labels of this task; what that came to, as a sentence for the note."""
    own = [label for label in labels if label.task in ("", kind)]
    on = sum(label.on_brand for label in own)
    if style is None or not own:
        return "" if style is None else " It is uncalibrated: no human on/off-brand labels were given."
    if min(on, len(own) - on) < FEWEST_LABELS:
        return (
            f" It is uncalibrated: {on} on-brand and {len(own) - on} off-brand labels are fewer than the "
            f"{FEWEST_LABELS} of each that are needed."
        )
    texts, truth = [label.text for label in own], [label.on_brand for label in own]
    style.calibrate_with_labels(texts, truth)
    scores = style.score(texts)
    kappa = cohen_kappa([score >= style.threshold for score in scores], truth)
    return (
        f" People's {len(own)} labels set the threshold to {style.threshold:.2f}: AUC {_auc(scores, truth):.3f} and kappa "
        f"{0.0 if kappa is None else kappa:.2f} against them, on the labels it was set with."
    )


def _auc(scores: Sequence[float], truth: Sequence[bool]) -> float:
    """The chance that an on-brand text scores higher than an off-brand one, ties counting half."""
    on = [score for score, is_on in zip(scores, truth, strict=True) if is_on]
    off = [score for score, is_on in zip(scores, truth, strict=True) if not is_on]
    return sum((one > other) + 0.5 * (one == other) for one in on for other in off) / (len(on) * len(off))


def _fit_style(
    brand_texts: Sequence[str], others: Sequence[str], held_out: Sequence[str], *, seed: int
) -> StyleModel | None:
    if min(len(brand_texts), len(others)) < FEWEST_STYLE_TEXTS or not held_out:
        return None
    style = StyleModel.fit(list(brand_texts[:MOST_STYLE_TEXTS]), list(others), seed=seed)
    style.calibrate(list(held_out))
    return style


def _note(kind: str, style: StyleModel | None, *, num_held_out: int) -> str:
    if style is None:
        return f"{kind}: too few texts for a style score, so on-brand rests on the rules alone."
    return (
        f"{kind}: the style score tells the brand's texts from the base model's with AUC {style.auc:.3f} "
        f"(cross-validated on training prompts); its threshold {style.threshold:.2f} lets 95 % of {num_held_out} "
        "validation texts by people pass."
    )
