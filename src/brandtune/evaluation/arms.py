"""The arms: ways of using a model on the same examples. Each is a function from an example to the messages it is sent."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from brandtune.core.brand import Brand
from brandtune.core.examples import Example, Message
from brandtune.core.tasks import Task
from brandtune.evaluation.config import ArmName, EvaluationConfig
from brandtune.models.prompts import last_question, system_text, with_facts, with_shots, with_system
from brandtune.models.rendering import Renderer
from brandtune.models.retrieval import Passage, Retriever, Searcher

TITLES: dict[ArmName, tuple[str, str]] = {
    "base": ("Base model", "The base model with one line that names the task."),
    "prompt": ("Prompted", "The base model under the whole voice guide."),
    "few_shot": ("Few-shot", "The base model with the nearest worked examples from the training set."),
    "rag": ("RAG", "The base model with retrieved passages."),
    "tuned": ("Fine-tuned", "The tuned model with the one line it was trained with."),
    "tuned_rag": ("Fine-tuned + RAG", "The tuned model with retrieved passages."),
}


Wording = Literal["guide", "checked", "exemplars"]
# How the guide is put; validation chooses.
WORDINGS: dict[Wording, str] = {
    "guide": "the voice guide",
    "checked": "the voice guide and the advice to check the text against each of its points",
    "exemplars": "the voice guide and two typical texts of the brand",
}
CHECKED = "Before you answer, hold your text against each point of the guide. Send the finished text and nothing else."
NUM_EXEMPLARS = 2


@dataclass(frozen=True)
class Variant:
    """One way to prompt an arm; validation chooses among an arm's variants.

    Attributes:
        k: Worked examples of the few-shot arm; None takes the largest number that is configured.
        proposal: Place of the prompt optimiser's instruction that stands instead of the guide.
    """

    arm: ArmName
    guided: bool = False
    k: int | None = None
    wording: Wording = "guide"
    proposal: int | None = None

    @property
    def tuned(self) -> bool:
        return self.arm in ("tuned", "tuned_rag")

    @property
    def name(self) -> str:
        if self.proposal is not None:
            return f"{self.arm} (proposal {self.proposal + 1})"
        if self.arm == "prompt":
            return self.arm if self.wording == "guide" else f"{self.arm} ({self.wording})"
        shots = "" if self.k is None else f" of {self.k}"
        return f"{self.arm}{shots} with voice guide" if self.guided else f"{self.arm}{shots}"


def variants(arm: ArmName, *, has_guide: bool, shots: Sequence[int] = ()) -> list[Variant]:
    """What an arm's first round on validation tries, plainest first.

    Args:
        shots: Numbers of worked examples; with one or none there is nothing to choose.
    """
    if arm == "prompt":
        wordings: list[Wording] = list(WORDINGS) if has_guide else ["guide", "exemplars"]
        return [Variant(arm, guided=True, wording=wording) for wording in wordings]
    if arm == "few_shot" and len(shots) > 1:
        return [Variant(arm, k=k) for k in shots]
    return [Variant(arm)]


def proposed(arm: ArmName, *, num: int) -> list[Variant]:
    """The prompted arm with each of the prompt optimiser's instructions."""
    return [Variant(arm, guided=True, proposal=place) for place in range(num)] if arm == "prompt" else []


def refined(best: Variant, *, has_guide: bool) -> list[Variant]:
    """What the second round tries beside the first one's best."""
    return [replace(best, guided=True)] if has_guide and best.arm in ("few_shot", "rag") else []


class PromptBook:
    """Everything prompts are composed from. Only training examples are ever shown to a model.

    Args:
        train: Where worked examples and past answers come from.
        room: Most tokens a prompt may have.
        retriever: Makes a list of passages searchable.
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
        retriever: Callable[[Sequence[Passage]], Searcher] = Retriever,
    ) -> None:
        self.brand, self.tasks, self.config, self.renderer, self.room = brand, tasks, config, renderer, room
        self.by_id = {example.example_id: example for example in train}
        self.labels = {task: sorted({e.label for e in train if e.task == task and e.label}) for task in tasks}
        self.shots = {
            task: retriever([Passage(e.example_id, last_question(e.prompt)) for e in train if e.task == task])
            for task in tasks
        }
        self.facts = retriever([Passage(d.path, d.text, d.title) for d in brand.documents if d.text])
        self.shortened: dict[str, int] = {}
        self.exemplars: dict[str, tuple[str, ...]] = {}
        self.proposals: dict[str, tuple[str, ...]] = {}

    def messages(self, example: Example, variant: Variant, *, room: int | None = None) -> tuple[Message, ...]:
        """The prompt of one example under one variant; shots and passages that do not fit are left out and counted.

        Args:
            room: Most tokens, where it is not for the model that the book was made for.
        """
        most = self._most(variant)
        for count in range(most, -1, -1):
            messages = self._compose(example, variant, k=count)
            if len(self.renderer.prompt(messages)) <= (self.room if room is None else room):
                if count < most:
                    self.shortened[variant.name] = self.shortened.get(variant.name, 0) + 1
                return messages
        return messages

    def _most(self, variant: Variant) -> int:
        """Worked examples or passages that the variant asks for."""
        if variant.arm == "few_shot":
            return variant.k or max(self.config.shots)
        return self.config.rag_k if variant.arm in ("rag", "tuned_rag") else 0

    def fits(self, example: Example, variant: Variant) -> bool:
        return len(self.renderer.prompt(self._compose(example, variant, k=0))) <= self.room

    def _compose(self, example: Example, variant: Variant, *, k: int) -> tuple[Message, ...]:
        messages = self._guided(example, variant) if variant.guided else example.prompt
        if variant.arm == "few_shot":
            return with_shots(messages, self._worked_examples(example, k=k))
        if variant.arm in ("rag", "tuned_rag"):
            return with_facts(messages, self._passages(example, k=k), about=self.brand.name)
        return messages

    def _guided(self, example: Example, variant: Variant) -> tuple[Message, ...]:
        task, wording = self.tasks[example.task], variant.wording
        proposals = self.proposals.get(example.task, ())
        if variant.proposal is not None and variant.proposal < len(proposals):
            return with_system(example.prompt, proposals[variant.proposal])
        text = task.guided_prompt(self.brand)
        if task.output == "label":
            text = f"{text} Labels: {', '.join(self.labels[example.task])}."
        elif wording == "checked":
            text = f"{text}\n\n{CHECKED}"
        elif wording == "exemplars" and (typical := self._typical(example.task)):
            text = "\n\n".join([text, f"This is how {self.brand.name} writes:", *typical])
        return with_system(example.prompt, text)

    def _typical(self, task: str) -> tuple[str, ...]:
        """The training texts of a task that are nearest to its median length."""
        if task not in self.exemplars:
            texts = [example.reference for example in self.by_id.values() if example.task == task]
            middle = statistics.median(map(len, texts)) if texts else 0
            ranked = sorted(set(texts), key=lambda text: (abs(len(text) - middle), text))
            self.exemplars[task] = tuple(ranked[:NUM_EXEMPLARS])
        return self.exemplars[task]

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


def chosen(variant: Variant, *, shots: Sequence[int]) -> str:
    """What validation chose for an arm, for the report; empty where there was no choice.

    >>> chosen(Variant("few_shot", k=2, guided=True), shots=(1, 2, 3))
    '2 worked examples out of 1, 2 or 3, with the voice guide'
    """
    if variant.proposal is not None:
        return f"instruction {variant.proposal + 1} of the prompt optimiser"
    if variant.arm == "prompt":
        return WORDINGS[variant.wording]
    words = [f"{variant.k} worked examples out of {_listed(shots)}"] if variant.k else []
    if variant.arm in ("few_shot", "rag"):
        words.append("with the voice guide" if variant.guided else "without the voice guide")
    return ", ".join(words)


def _listed(numbers: Sequence[int]) -> str:
    *first, last = map(str, numbers)
    return f"{', '.join(first)} or {last}" if first else last


__all__ = ["TITLES", "PromptBook", "Variant", "chosen", "description", "refined", "system_text", "variants"]
