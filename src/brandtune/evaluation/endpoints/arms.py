"""Endpoints as arms of a study: tried on validation, where a service that hardly answers is left out, then run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from brandtune.core.examples import Example, Message
from brandtune.core.progress import Task as Bar
from brandtune.evaluation.arms import Variant, chosen
from brandtune.evaluation.choosing import Chosen
from brandtune.evaluation.config import ArmName, EvaluationConfig
from brandtune.evaluation.endpoints.config import EndpointConfig
from brandtune.evaluation.endpoints.writing import EndpointWriter, failures
from brandtune.evaluation.generating import GenerationCache
from brandtune.evaluation.scored import Scored
from brandtune.evaluation.spending import ArmWords
from brandtune.evaluation.study import Study

FEWEST_ANSWERED = 0.5
_PROMPTS = {
    "base": "the task in one line",
    "prompt": "the voice guide",
    "few_shot": "worked examples",
    "rag": "retrieved passages",
}


@dataclass(frozen=True)
class EndpointArm:
    """One endpoint with its writer and the prompt it gets."""

    config: EndpointConfig
    writer: EndpointWriter
    variant: Variant

    def words(self, *, shots: Sequence[int]) -> ArmWords:
        """What the report says about it, prices included."""
        service = self.config
        return ArmWords(
            title=service.name,
            description=f"{service.model} at {service.host}, prompted with {_PROMPTS[service.prompt]}.",
            chosen=chosen(self.variant, shots=shots),
            prices=(service.price_per_million_input, service.price_per_million_output),
            currency=service.currency,
        )

    def prompt(self, study: Study, example: Example) -> tuple[Message, ...]:
        return study.book.messages(example, self.variant, room=self.config.max_prompt_tokens)


def open_endpoints(config: EvaluationConfig, *, work: Path | None) -> list[EndpointWriter]:
    """A writer for each endpoint; what one answers is kept in its own file under `work`.

    Raises:
        ConfigError: A key is missing.
    """
    return [
        EndpointWriter(
            endpoint,
            where=f"evaluation.endpoints.{endpoint.name}",
            decoding=config.decoding,
            cache=GenerationCache(work / f"endpoint-{endpoint.name}.jsonl" if work else None),
        )
        for endpoint in config.endpoints
    ]


def try_endpoints(
    study: Study, writers: Sequence[EndpointWriter], examples: Sequence[Example], *, found: Chosen, bar: Bar
) -> list[EndpointArm]:
    """The endpoints that answer, each with the prompt that did best for its kind; `found` learns how good they are."""
    arms = [
        EndpointArm(config, writer, _variant(config, found.variants))
        for config, writer in zip(study.config.endpoints, writers, strict=True)
    ]
    return [arm for arm in arms if _tried(study, arm, examples, found=found, bar=bar)]


def _variant(config: EndpointConfig, best: Mapping[ArmName, Variant]) -> Variant:
    return best.get(config.prompt) or Variant(config.prompt, guided=config.prompt == "prompt")


def _tried(study: Study, arm: EndpointArm, examples: Sequence[Example], *, found: Chosen, bar: Bar) -> bool:
    name = arm.config.name
    replies = arm.writer.write([arm.prompt(study, one) for one in examples], bar=bar, note=f"trying {name}")
    answered = sum(not reply.failed for reply in replies)
    if answered < FEWEST_ANSWERED * len(replies):
        study.notes += failures(f"{name}, on validation", replies)
        study.notes.append(
            f"{name} was left out, because it answered {answered} of {len(replies)} validation examples."
        )
        return False
    found.merits[name] = study.merit(study.judge(name, examples, replies))
    return True


def run_endpoints(study: Study, arms: Sequence[EndpointArm], scored: Scored, *, bar: Bar) -> None:
    """Answer and judge the test examples."""
    for arm in arms:
        name = arm.config.name
        replies = arm.writer.write([arm.prompt(study, one) for one in scored.examples], bar=bar, note=name)
        study.notes += failures(name, replies)
        scored.replies[name] = replies
        scored.outputs[name] = study.judge(name, scored.examples, replies)
