"""The comparison: every arm on the same held-out examples, one contrast declared beforehand, one verdict.

Order matters and is the point: judges are fitted on training and validation texts, prompt variants and the baseline
are chosen on validation, and the test examples are read once, last.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from brandtune.core.brand import Brand
from brandtune.core.examples import Example
from brandtune.core.progress import Progress, Silent
from brandtune.core.progress import Task as Bar
from brandtune.core.tasks import Task
from brandtune.evaluation.arms import TITLES, PromptBook, Variant, chosen, description
from brandtune.evaluation.calibration import choose, fit_judges, style_prompts
from brandtune.evaluation.checks import refuse_leaks
from brandtune.evaluation.choosing import choose_variants, num_tried
from brandtune.evaluation.config import EvaluationConfig
from brandtune.evaluation.endpoints.arms import open_endpoints, run_endpoints, try_endpoints
from brandtune.evaluation.forgetting import compared, measure
from brandtune.evaluation.general_texts import load_general_texts
from brandtune.evaluation.generating import GenerationCache, Writer
from brandtune.evaluation.judges.blind import judged_lines, make_judge, people_lines
from brandtune.evaluation.judges.labels import blind_votes, on_brand_labels
from brandtune.evaluation.kept import save_judges
from brandtune.evaluation.optimizer.proposing import propose
from brandtune.evaluation.readiness import require_held_out, require_ready
from brandtune.evaluation.results import KEPT, VOICE, PairwiseLine, Report
from brandtune.evaluation.spending import ArmWords
from brandtune.evaluation.study import Study
from brandtune.evaluation.suites import run_suites
from brandtune.evaluation.summary import Scored, summarise
from brandtune.evaluation.written import save_outputs, save_votes
from brandtune.models.embedding import DenseRetriever, load_embedder
from brandtune.models.likelihood import conversation_losses
from brandtune.models.loading import Model, load_model
from brandtune.models.retrieval import Passage, Retriever, Searcher
from brandtune.scoring.rules import RuleSet


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
        work: Folder where finished batches are kept, so that an interrupted evaluation goes on; in its folder `kept`
            the judges and what every arm wrote (see `evaluation.kept`).
        base_dir: Files that `config` names (labels, votes, texts, a judge's model) are looked up from here.

    Raises:
        ConfigError, UsageError, MissingPartError, NotFoundError: As in `readiness.require_ready`.
        EmptyDatasetError: There are no test or no validation examples.
        DataError: Held-out examples are in the training set; names them.
    """
    progress = progress if progress is not None else Silent()
    require_held_out({"validation": len(validation), "test": len(test)})
    refuse_leaks(train, test)
    require_ready(config, tasks=tasks, base_dir=base_dir)
    labels = on_brand_labels(base_dir / config.on_brand_labels) if config.on_brand_labels else []
    endpoint_writers = open_endpoints(config, work=work)
    cache = GenerationCache(work / "generated.jsonl" if work else None)
    base = load(False)
    general_texts = load_general_texts(config.general_texts, base_dir=base_dir)
    elsewhere = measure(base, general_texts) if config.gates.forgetting is not None else None
    study = _prepare(brand=brand, tasks=tasks, train=train, config=config, model=base, base_dir=base_dir)
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
        if config.prompt_optimizer and "prompt" in config.arms:
            propose(study, writer, train, config=config.prompt_optimizer, services=endpoint_writers)
        best = choose_variants(study, writer, chosen_validation, bar=bar)
        endpoints = try_endpoints(study, endpoint_writers, chosen_validation, found=best, bar=bar)
        scored = Scored(chosen_test)
        _run_arms(study, list(best.variants.values()), writer, scored, bar=bar)
        run_endpoints(study, endpoints, scored, bar=bar)
        scored.losses["base"] = _losses(base, chosen_test)
        suites = run_suites(config.suites, model=base, arm="base", base_dir=base_dir)
        del base, writer
        tuned = load(True)
        tuned_arms = [Variant(arm) for arm in config.arms if arm in ("tuned", "tuned_rag")]
        _run_arms(study, tuned_arms, Writer(tuned, decoding=config.decoding, cache=cache), scored, bar=bar)
        scored.losses["tuned"] = _losses(tuned, chosen_test)
        if elsewhere:
            after = measure(tuned, general_texts)
            scored.forgetting = compared(elsewhere, after, resamples=config.resamples, seed=config.seed)
        suites += run_suites(config.suites, model=tuned, arm="tuned", base_dir=base_dir)
        del tuned
    _note_shortened(study)
    if work:
        save_judges(study.judges, work / VOICE, documents=brand.documents)
        save_outputs(scored.outputs, work / KEPT, examples=scored.examples)
        save_votes(blind_votes(base_dir / config.votes) if config.votes else (), work / KEPT)
    pairwise = _pairwise(study, scored, base_dir=base_dir)
    return summarise(
        scored,
        config=config,
        tasks=tasks,
        primary=study.primary,
        baseline=best.baseline,
        words=_words([*best.variants.values(), *tuned_arms], has_documents=bool(brand.documents), shots=config.shots)
        | {arm.config.name: arm.words(shots=config.shots) for arm in endpoints},
        judges=study.judges,
        num_validation=len(chosen_validation),
        notes=study.notes,
        overfitting=overfitting,
        pairwise=pairwise,
        texts={example.example_id: example.reference for example in train},
        suites=suites,
    )


def _pairwise(study: Study, scored: Scored, *, base_dir: Path) -> dict[str, PairwiseLine]:
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
            base_dir / config.votes, examples=scored.examples, clusters=scored.clusters, arms=tuple(scored.outputs),
            judged=found,
        )  # fmt: skip
    return found


def _words(arms: Sequence[Variant], *, has_documents: bool, shots: tuple[int, ...]) -> dict[str, ArmWords]:
    return {
        one.arm: ArmWords(
            title=TITLES[one.arm][0],
            description=description(one, has_documents=has_documents),
            chosen=chosen(one, shots=shots),
        )
        for one in arms
    }


def _prepare(
    *,
    brand: Brand,
    tasks: Mapping[str, Task],
    train: Sequence[Example],
    config: EvaluationConfig,
    model: Model,
    base_dir: Path,
) -> Study:
    room = model.context - config.decoding.max_new_tokens
    book = PromptBook(
        brand=brand, tasks=tasks, train=train, config=config, renderer=model.renderer, room=room,
        retriever=_retriever(config, base_dir=base_dir),
    )  # fmt: skip
    return Study(config=config, tasks=tasks, primary=primary_metric(config, tasks), book=book)


def _retriever(config: EvaluationConfig, *, base_dir: Path) -> Callable[[Sequence[Passage]], Searcher]:
    if config.embedding_model is None:
        return Retriever
    embedder = load_embedder(base_dir / config.embedding_model)
    return lambda passages: DenseRetriever(passages, embedder=embedder)


def primary_metric(config: EvaluationConfig, tasks: Mapping[str, Task]) -> str:
    """The metric that decides."""
    if config.primary != "auto":
        return config.primary
    return "on_brand" if any(task.output == "text" for task in tasks.values()) else "accuracy"


def _within_context(study: Study, examples: list[Example], *, note: bool = False) -> list[Example]:
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
    endpoints = len(config.endpoints)
    return (
        negatives
        + (num_tried(config, has_guide=has_guide) + endpoints) * validation
        + (len(config.arms) + endpoints) * test
    )


def _run_arms(study: Study, arms: Sequence[Variant], writer: Writer, scored: Scored, *, bar: Bar) -> None:
    for variant in arms:
        prompts = [study.book.messages(example, variant) for example in scored.examples]
        replies = writer.write(prompts, bar=bar, note=TITLES[variant.arm][0].lower())
        scored.replies[variant.arm] = replies
        scored.outputs[variant.arm] = study.judge(variant.arm, scored.examples, replies)


def _losses(model: Model, examples: Sequence[Example]) -> list[tuple[float, int]]:
    rendered = [model.renderer.turns(example.messages[: example.target + 1]) for example in examples]
    fits = [all(len(one.token_ids) <= model.context for one in turns) for turns in rendered]
    fitting = [turns for turns, fit in zip(rendered, fits, strict=True) if fit]
    found = iter(conversation_losses(model.network, fitting, device=model.device))
    return [next(found) if fit else (0.0, 0) for fit in fits]


def _note_shortened(study: Study) -> None:
    for name, count in study.book.shortened.items():
        study.notes.append(f"{name}: in {count} prompts fewer examples or passages were used, to fit the context.")
