"""The arms: ways of using a model on the same examples. Each is a function from an example to the messages it is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from brandtune.core.brand import Brand
from brandtune.core.examples import Example, Message
from brandtune.core.tasks import Task
from brandtune.evaluation.config import ArmName, EvaluationConfig
from brandtune.models.prompts import last_question, system_text, with_facts, with_shots, with_system
from brandtune.models.rendering import Renderer
from brandtune.models.retrieval import Passage, Retriever

TITLES: dict[ArmName, tuple[str, str]] = {
    "base": ("Base model", "The base model with one line that names the task."),
    "prompt": ("Prompted", "The base model under the whole voice guide."),
    "few_shot": ("Few-shot", "The base model with the nearest worked examples from the training set."),
    "rag": ("RAG", "The base model with retrieved passages."),
    "tuned": ("Fine-tuned", "The tuned model with the one line it was trained with."),
    "tuned_rag": ("Fine-tuned + RAG", "The tuned model with retrieved passages."),
}


@dataclass(frozen=True)
class Variant:
    """One way to prompt an arm; validation chooses among an arm's variants."""

    arm: ArmName
    guided: bool = False

    @property
    def tuned(self) -> bool:
        return self.arm in ("tuned", "tuned_rag")

    @property
    def name(self) -> str:
        return f"{self.arm} with voice guide" if self.guided and self.arm != "prompt" else self.arm


def variants(arm: ArmName, *, has_guide: bool) -> list[Variant]:
    """The variants of an arm, plainest first."""
    if arm == "prompt":
        return [Variant(arm, guided=True)]
    if arm in ("few_shot", "rag") and has_guide:
        return [Variant(arm), Variant(arm, guided=True)]
    return [Variant(arm)]


class PromptBook:
    """Everything prompts are composed from. Only training examples are ever shown to a model.

    Args:
        train: Where worked examples and past answers come from.
        room: Most tokens a prompt may have.
    """

    def __init__(
        self,
        *,
        brand: Brand,
        tasks: Mapping[str, Task],
        train: Sequence[Example],
        config: EvaluationConfig,
        renderer: Renderer,
        room: int,
    ) -> None:
        self.brand, self.tasks, self.config, self.renderer, self.room = brand, tasks, config, renderer, room
        self.by_id = {example.example_id: example for example in train}
        self.labels = {task: sorted({e.label for e in train if e.task == task and e.label}) for task in tasks}
        self.shots = {
            task: Retriever([Passage(e.example_id, last_question(e.prompt)) for e in train if e.task == task])
            for task in tasks
        }
        self.facts = Retriever([Passage(d.path, d.text, d.title) for d in brand.documents])
        self.shortened: dict[str, int] = {}

    def messages(self, example: Example, variant: Variant) -> tuple[Message, ...]:
        """The prompt of one example under one variant; shots and passages that do not fit are left out and counted."""
        k = {"few_shot": self.config.few_shot_k, "rag": self.config.rag_k, "tuned_rag": self.config.rag_k}
        for count in range(k.get(variant.arm, 0), -1, -1):
            messages = self._compose(example, variant, k=count)
            if len(self.renderer.prompt(messages)) <= self.room:
                if count < k.get(variant.arm, 0):
                    self.shortened[variant.name] = self.shortened.get(variant.name, 0) + 1
                return messages
        return messages

    def fits(self, example: Example, variant: Variant) -> bool:
        return len(self.renderer.prompt(self._compose(example, variant, k=0))) <= self.room

    def _compose(self, example: Example, variant: Variant, *, k: int) -> tuple[Message, ...]:
        messages = self._guided(example) if variant.guided else example.prompt
        if variant.arm == "few_shot":
            return with_shots(messages, self._worked_examples(example, k=k))
        if variant.arm in ("rag", "tuned_rag"):
            return with_facts(messages, self._passages(example, k=k), about=self.brand.name)
        return messages

    def _guided(self, example: Example) -> tuple[Message, ...]:
        task = self.tasks[example.task]
        text = task.guided_prompt(self.brand)
        if task.output == "label":
            text = f"{text} Labels: {', '.join(self.labels[example.task])}."
        return with_system(example.prompt, text)

    def _nearest(self, example: Example, *, k: int) -> list[Example]:
        found = self.shots[example.task].search(last_question(example.prompt), k=k)
        return [self.by_id[passage.key] for passage in found]

    def _worked_examples(self, example: Example, *, k: int) -> list[tuple[str, str]]:
        return [(last_question(shot.prompt), shot.reference) for shot in self._nearest(example, k=k)]

    def _passages(self, example: Example, *, k: int) -> list[Passage]:
        """Facts where the brand has written some and texts are asked for, else what was answered before."""
        if self.brand.documents and self.tasks[example.task].output == "text":
            return self.facts.search(last_question(example.prompt), k=k)
        return [
            Passage(shot.example_id, shot.reference, title=last_question(shot.prompt))
            for shot in self._nearest(example, k=k)
        ]


def description(variant: Variant, *, has_documents: bool) -> str:
    """What the report says about an arm."""
    text = TITLES[variant.arm][1]
    if variant.arm in ("rag", "tuned_rag") and not has_documents:
        text = text.replace("retrieved passages", "retrieved past answers")
    if variant.guided and variant.arm != "prompt":
        text = f"{text} The voice guide is in the prompt, which did better on validation."
    return text


__all__ = ["TITLES", "PromptBook", "Variant", "description", "system_text", "variants"]
