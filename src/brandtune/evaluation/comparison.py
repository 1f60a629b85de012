"""The comparison: every arm on the same held-out examples, one contrast declared beforehand, one verdict.

Order matters and is the point: judges are fitted on training and validation texts, prompt variants and the baseline
are chosen on validation, and the test examples are read once, last.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from brandtune.core.brand import Brand
from brandtune.core.errors import EmptyDatasetError
from brandtune.core.examples import Example
from brandtune.core.progress import Progress, Silent
from brandtune.core.progress import Task as Bar
from brandtune.core.tasks import Task
from brandtune.evaluation.arms import TITLES, PromptBook, Variant, description, variants
from brandtune.evaluation.calibration import Judge, choose, fit_judges, style_prompts
from brandtune.evaluation.checks import refuse_leaks
from brandtune.evaluation.config import ArmName, EvaluationConfig
from brandtune.evaluation.forgetting import compared, measure
from brandtune.evaluation.general_texts import load_general_texts
from brandtune.evaluation.generating import GenerationCache, Writer
from brandtune.evaluation.judges.blind import judged_lines, make_judge, people_lines
from brandtune.evaluation.judges.labels import on_brand_labels
from brandtune.evaluation.metrics.catalogue import check_metrics
from brandtune.evaluation.results import Output, PairwiseLine, Report
from brandtune.evaluation.suites import check_suites, run_suites
from brandtune.evaluation.summary import Scored, summarise
from brandtune.models.generation import Generated
from brandtune.models.likelihood import reply_losses
from brandtune.models.loading import Model, load_model
from brandtune.scoring.rules import RuleSet


@dataclass
class _Study:
    """What one call of `evaluate` works with."""

    config: EvaluationConfig
    tasks: Mapping[str, Task]
    primary: str
    book: PromptBook
    judges: dict[str, Judge] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def evaluate(
    *,
    brand: Brand,
    tasks: Mapping[str, Task],
    rules: RuleSet,
    train: Sequence[Example],
    validation: Sequence[Example],
    test: Sequence[Example],
    load: Callable[[bool], Model],
    config: EvaluationConfig,
    overfitting: tuple[float, float] | None = None,
    work: Path | None = None,
    base_dir: Path = Path(),
    progress: Progress | None = None,
) -> Report:
    """Compare the tuned model with not tuning, on held-out examples.

    Args:
        tasks: Kind to task; decides how outputs are judged.
        train: For worked examples, past answers and the style score; never scored.
        validation: For choosing prompts and the baseline; never reported.
        test: What the verdict rests on.
        load: Loads the base model (False) or the tuned one (True); called once each, never both held at once.
        overfitting: (best, last) validation loss of the training run, for that gate.
        work: Folder where finished batches are kept, so that an interrupted evaluation goes on.
        base_dir: Files that `config` names (labels, votes, texts, a judge's model) are looked up from here.

    Raises:
        ConfigError: A task names a metric that nobody computes.
        EmptyDatasetError: There are no test or no validation examples.
        DataError: Held-out examples are in the training set; names them.
    """
    progress = progress if progress is not None else Silent()
    for name, examples in (("validation", validation), ("test", test)):
        if not examples:
            raise EmptyDatasetError(f"there are no {name} examples to evaluate on.", fix=f"Raise split.{name}.")
    refuse_leaks(train, test)
    check_metrics(tasks)
    check_suites(config.suites)
    labels = on_brand_labels(base_dir / config.on_brand_labels) if config.on_brand_labels else []
    cache = GenerationCache(work / "generated.jsonl" if work else None)
    base = load(False)
    general_texts = load_general_texts(config.general_texts, base_dir=base_dir)
    elsewhere = measure(base, general_texts) if config.gates.forgetting is not None else None
    study = _prepare(brand=brand, tasks=tasks, train=train, config=config, model=base)
    chosen_validation = _within_context(study, choose(validation, limit=config.max_validation, key="validation"))
    chosen_test = _within_context(study, choose(test, limit=config.max_test, key="test"), note=True)
    if len(chosen_test) < len(test):
        study.notes.append(f"{len(chosen_test)} of {len(test)} held-out examples were scored (evaluation.max_test).")
    negatives = style_prompts(train, tasks=tasks, config=config, book=study.book)
    total = _total(config, has_guide=bool(brand.voice), num=(len(negatives), len(chosen_validation), len(chosen_test)))
    with progress.task("evaluating", total=total) as bar:
        writer = Writer(base, decoding=config.decoding, cache=cache)
        study.judges, notes = fit_judges(
            brand=brand, tasks=tasks, rules=rules, train=train, validation=validation, negatives=negatives,
            writer=writer, config=config, bar=bar, labels=labels,
        )  # fmt: skip
        study.notes += notes
        best_variants, baseline = _choose_on_validation(study, writer, chosen_validation, bar=bar)
        scored = Scored(chosen_test)
        _run_arms(study, [best_variants[arm] for arm in best_variants], writer, scored, bar=bar)
        scored.losses["base"] = _losses(base, chosen_test)
        suites = run_suites(config.suites, model=base, arm="base")
        del base, writer
        tuned = load(True)
        tuned_arms = [Variant(arm) for arm in config.arms if arm in ("tuned", "tuned_rag")]
        _run_arms(study, tuned_arms, Writer(tuned, decoding=config.decoding, cache=cache), scored, bar=bar)
        scored.losses["tuned"] = _losses(tuned, chosen_test)
        if elsewhere:
            after = measure(tuned, general_texts)
            scored.forgetting = compared(elsewhere, after, resamples=config.resamples, seed=config.seed)
        suites += run_suites(config.suites, model=tuned, arm="tuned")
        del tuned
    _note_shortened(study)
    pairwise = _pairwise(study, scored, base_dir=base_dir)
    return summarise(
        scored,
        config=config,
        tasks=tasks,
        primary=study.primary,
        baseline=baseline,
        titles={arm: TITLES[arm][0] for arm in config.arms},
        descriptions={
            v.arm: description(v, has_documents=bool(brand.documents)) for v in [*best_variants.values(), *tuned_arms]
        },
        judges=study.judges,
        num_validation=len(chosen_validation),
        notes=study.notes,
        overfitting=overfitting,
        pairwise=pairwise,
        texts={example.example_id: example.reference for example in train},
        suites=suites,
    )


def _pairwise(study: _Study, scored: Scored, *, base_dir: Path) -> dict[str, PairwiseLine]:
    """Blind comparisons with what people wrote, by people where they voted, else by the judge; none without either."""
    config = study.config
    found: dict[str, PairwiseLine] = {}
    if config.judge:
        judge = make_judge(
            config.judge, voice=study.book.brand.voice, load=lambda name: load_model(name, base_dir=base_dir)
        )
        found, notes = judged_lines(
            judge, scored.outputs, examples=scored.examples, clusters=scored.clusters, tasks=study.tasks,
            config=config.judge, base_dir=base_dir,
        )  # fmt: skip
        study.notes += notes
    if config.votes:
        found |= people_lines(
            base_dir / config.votes, examples=scored.examples, clusters=scored.clusters, arms=tuple(scored.outputs)
        )
    return found


def _prepare(
    *, brand: Brand, tasks: Mapping[str, Task], train: Sequence[Example], config: EvaluationConfig, model: Model
) -> _Study:
    room = model.context - config.decoding.max_new_tokens
    book = PromptBook(brand=brand, tasks=tasks, train=train, config=config, renderer=model.renderer, room=room)
    return _Study(config=config, tasks=tasks, primary=primary_metric(config, tasks), book=book)


def primary_metric(config: EvaluationConfig, tasks: Mapping[str, Task]) -> str:
    """The metric that decides."""
    if config.primary != "auto":
        return config.primary
    return "on_brand" if any(task.output == "text" for task in tasks.values()) else "accuracy"


def _within_context(study: _Study, examples: list[Example], *, note: bool = False) -> list[Example]:
    fitting = [example for example in examples if study.book.fits(example, Variant("base"))]
    if note and len(fitting) < len(examples):
        study.notes.append(
            f"{len(examples) - len(fitting)} held-out examples are longer than the model's context and were left out "
            "for every arm."
        )
    return fitting


def _total(config: EvaluationConfig, *, has_guide: bool, num: tuple[int, int, int]) -> int:
    """How many replies will be generated."""
    negatives, validation, test = num
    tried = sum(len(variants(arm, has_guide=has_guide)) for arm in config.arms if not Variant(arm).tuned)
    return negatives + tried * validation + len(config.arms) * test


def _choose_on_validation(
    study: _Study, writer: Writer, examples: list[Example], *, bar: Bar
) -> tuple[dict[ArmName, Variant], str]:
    """The best variant of each untuned arm, and the best arm: by the primary metric, then by style, then plainness."""
    best: dict[ArmName, Variant] = {}
    merits: dict[str, tuple[float, float]] = {}
    for arm in study.config.arms:
        for variant in [] if Variant(arm).tuned else variants(arm, has_guide=bool(study.book.brand.voice)):
            fitting = [example for example in examples if study.book.fits(example, variant)]
            if len(fitting) < len(examples):
                study.notes.append(f"{variant.name}: the prompt does not fit the model's context; not considered.")
                bar.advance(len(examples))
                continue
            replies = writer.write(
                [study.book.messages(example, variant) for example in examples], bar=bar, note="choosing prompts"
            )
            merit = _merit(study, _judge(study, variant.arm, examples, replies))
            if arm not in best or merit > merits[arm]:
                best[arm], merits[arm] = variant, merit
    if not best:
        raise EmptyDatasetError(
            "no untuned arm's prompt fits the model's context.",
            fix="Shorten brand.voice, or use a longer-context base.",
        )
    return best, max(merits, key=lambda arm: merits[arm])


def _merit(study: _Study, outputs: list[Output]) -> tuple[float, float]:
    def mean(metric: str) -> float:
        values = [value for output in outputs if (value := output.scores.get(metric)) is not None]
        return sum(values) / len(values) if values else 0.0

    return mean(study.primary), mean("style")


def _judge(study: _Study, arm: str, examples: list[Example], replies: list[Generated]) -> list[Output]:
    """Outputs in the order of `examples`, each by its own task's judge."""
    found: dict[int, Output] = {}
    for task, judge in study.judges.items():
        own = [index for index, example in enumerate(examples) if example.task == task]
        judged = judge.judge(arm, [examples[i] for i in own], [replies[i] for i in own])
        found.update(zip(own, judged, strict=True))
    return [found[index] for index in range(len(examples))]


def _run_arms(study: _Study, arms: Sequence[Variant], writer: Writer, scored: Scored, *, bar: Bar) -> None:
    for variant in arms:
        prompts = [study.book.messages(example, variant) for example in scored.examples]
        replies = writer.write(prompts, bar=bar, note=TITLES[variant.arm][0].lower())
        scored.replies[variant.arm] = replies
        scored.outputs[variant.arm] = _judge(study, variant.arm, scored.examples, replies)


def _losses(model: Model, examples: Sequence[Example]) -> list[tuple[float, int]]:
    rendered = [model.renderer.render(example.messages[: example.target + 1]) for example in examples]
    fitting = [item for item in rendered if len(item.token_ids) <= model.context]
    found = iter(reply_losses(model.network, fitting, device=model.device))
    return [next(found) if len(item.token_ids) <= model.context else (0.0, 0) for item in rendered]


def _note_shortened(study: _Study) -> None:
    for name, count in study.book.shortened.items():
        study.notes.append(f"{name}: in {count} prompts fewer examples or passages were used, to fit the context.")
