"""Choices made on validation, before the test set is read: how each arm is prompted."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from brandtune.core.errors import EmptyDatasetError
from brandtune.core.examples import Example
from brandtune.core.progress import Task as Bar
from brandtune.evaluation.arms import Variant, proposed, refined, variants
from brandtune.evaluation.config import ArmName, EvaluationConfig
from brandtune.evaluation.generating import Writer
from brandtune.evaluation.study import Study

Merit = tuple[float, float]


@dataclass
class Chosen:
    """The best variant of each untuned arm, and how good each arm is on validation, plainest first."""

    variants: dict[ArmName, Variant] = field(default_factory=dict)
    merits: dict[str, Merit] = field(default_factory=dict)

    @property
    def baseline(self) -> str:
        """The best arm without tuning; of equals the plainer one."""
        return max(self.merits, key=lambda arm: self.merits[arm])


def num_tried(config: EvaluationConfig, *, has_guide: bool) -> int:
    """How many variants are tried, at most."""
    first = [variants(arm, has_guide=has_guide, shots=config.shots) for arm in config.arms if not Variant(arm).tuned]
    more = config.prompt_optimizer.keep if config.prompt_optimizer and "prompt" in config.arms else 0
    return more + sum(len(tried) + len(refined(tried[0], has_guide=has_guide)) for tried in first)


def choose_variants(study: Study, writer: Writer, examples: Sequence[Example], *, bar: Bar) -> Chosen:
    """Try each untuned arm's variants: first wordings and numbers of examples, then the best of them with the guide.

    Raises:
        EmptyDatasetError: No variant fits the model's context.
    """
    found = Chosen()
    for arm in study.config.arms:
        if Variant(arm).tuned:
            continue
        num_proposals = max(map(len, study.book.proposals.values()), default=0)
        usual = variants(arm, has_guide=study.has_guide, shots=study.config.shots)
        for variant in [*usual, *proposed(arm, num=num_proposals)]:
            _try(study, writer, examples, variant, found=found, bar=bar)
        for variant in refined(found.variants[arm], has_guide=study.has_guide) if arm in found.variants else ():
            _try(study, writer, examples, variant, found=found, bar=bar)
    if not found.variants:
        raise EmptyDatasetError(
            "no untuned arm's prompt fits the model's context.",
            fix="Shorten brand.voice, or use a longer-context base.",
        )
    return found


def _try(
    study: Study, writer: Writer, examples: Sequence[Example], variant: Variant, *, found: Chosen, bar: Bar
) -> None:
    if not all(study.book.fits(example, variant) for example in examples):
        study.notes.append(f"{variant.name}: the prompt does not fit the model's context; not considered.")
        bar.advance(len(examples))
        return
    prompts = [study.book.messages(example, variant) for example in examples]
    replies = writer.write(prompts, bar=bar, note="choosing prompts")
    merit = study.merit(study.judge(variant.arm, examples, replies))
    if variant.arm not in found.variants or merit > found.merits[variant.arm]:
        found.variants[variant.arm], found.merits[variant.arm] = variant, merit
