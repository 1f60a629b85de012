"""Fitting the judges before the test set is looked at: style from training texts, threshold from validation texts."""

from collections.abc import Mapping, Sequence

from brandtune.core.brand import Brand
from brandtune.core.examples import Example
from brandtune.core.ids import keyed_fraction
from brandtune.core.progress import Task as Bar
from brandtune.core.tasks import Task
from brandtune.evaluation.arms import PromptBook, Variant
from brandtune.evaluation.config import EvaluationConfig
from brandtune.evaluation.generating import Writer
from brandtune.evaluation.judging import LabelJudge, TextJudge, usual_length
from brandtune.scoring.claims import FactBook
from brandtune.scoring.rules import RuleSet
from brandtune.scoring.style import StyleModel

Judge = TextJudge | LabelJudge
# Below this a character n-gram classifier says more about its sample than about a voice.
FEWEST_STYLE_TEXTS = 20
MOST_STYLE_TEXTS = 1000


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
) -> tuple[dict[str, Judge], list[str]]:
    """One judge a task, and notes on what they rest on."""
    prompts = [example.prompt for example in negatives]
    replies = writer.write(prompts, bar=bar, note="style reference") if prompts else []
    facts = FactBook.from_documents(brand.documents)
    judges: dict[str, Judge] = {}
    notes: list[str] = []
    for kind, task in tasks.items():
        own = [example for example in train if example.task == kind]
        if task.output == "label":
            judges[kind] = LabelJudge(kind, frozenset(e.label for e in [*own, *validation] if e.label))
            continue
        others = [r.text for e, r in zip(negatives, replies, strict=True) if e.task == kind and r.text.strip()]
        held_out = [example.reference for example in validation if example.task == kind]
        style = _fit_style([e.reference for e in own], others, held_out, seed=config.seed)
        judges[kind] = TextJudge(kind, rules, style, facts, usual_length([e.reference for e in own]))
        notes.append(_note(kind, style, num_held_out=len(held_out)))
    return judges, notes


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
        "validation texts by people pass. It is uncalibrated: no human on/off-brand labels were given."
    )
