"""Further instructions for the prompted arm, found on training examples; validation decides, test is never seen."""

import logging
from collections.abc import Sequence

from brandtune.core.errors import BrandtuneError
from brandtune.core.examples import Example, Message
from brandtune.evaluation.arms import Variant
from brandtune.evaluation.calibration import choose
from brandtune.evaluation.endpoints.writing import EndpointWriter
from brandtune.evaluation.generating import Writer
from brandtune.evaluation.optimizer.config import PromptOptimizerConfig
from brandtune.evaluation.optimizer.dspy_search import Ask, Score, search
from brandtune.evaluation.study import Study
from brandtune.models.prompts import with_system
from brandtune.models.settings import Decoding

PROPOSAL_TOKENS = 700
log = logging.getLogger(__name__)


def propose(
    study: Study,
    writer: Writer,
    train: Sequence[Example],
    *,
    config: PromptOptimizerConfig,
    services: Sequence[EndpointWriter],
) -> None:
    """Give the study's prompt book proposals for every task that writes texts; a search that fails is noted.

    Args:
        train: Where instructions are scored.
        services: A writer for each endpoint of the study, one of which may be the proposer.
    """
    named = zip(study.config.endpoints, services, strict=True)
    service = next((one for endpoint, one in named if endpoint.name == config.proposer), None)
    for kind, task in study.tasks.items():
        own = [example for example in train if example.task == kind]
        if task.output != "text" or not own:
            continue
        chosen = choose(own, limit=config.examples, key=f"optimizer/{study.config.seed}")
        instruction = task.guided_prompt(study.book.brand)
        ask = _asking(writer, service)
        try:
            found = search(
                instruction, num_examples=len(chosen), ask=ask, score=_scoring(study, writer, chosen),
                config=config,
            )  # fmt: skip
        except BrandtuneError:
            raise
        except Exception as error:  # whatever DSPy raises where a proposer's answer has not the form that it asks for
            log.debug("prompt optimiser stopped error=%s", type(error).__name__)
            study.notes.append(
                f"{kind}: the prompt optimiser found nothing, because its proposer's answers could not be used "
                f"({type(error).__name__}). Name a larger model: evaluation.prompt_optimizer.proposer."
            )
            continue
        study.book.proposals[kind] = tuple(found[: config.keep])
        study.notes.append(f"{kind}: the prompt optimiser proposed {len(found)} instructions; validation chose.")


def _asking(writer: Writer, service: EndpointWriter | None) -> Ask:
    """How the proposer is asked: through the same writers as every arm, so answers are kept and come again."""

    def ask(messages: Sequence[Message], temperature: float, place: int) -> str:
        decoding = Decoding(temperature=temperature, seed=place, max_new_tokens=_room(writer, messages, service))
        own = (
            Writer(writer.model, decoding=decoding, cache=writer.cache)
            if service is None
            else EndpointWriter(service.config, decoding=decoding, cache=service.cache)
        )
        return own.write([_numbered(messages, place)], bar=_Still(), note="proposing prompts")[0].text

    return ask


def _numbered(messages: Sequence[Message], place: int) -> tuple[Message, ...]:
    """The messages with the wish for another proposal, so that a service that knows no seed is not asked the same twice."""
    *before, last = messages
    if not place:
        return tuple(messages)
    return (
        *before,
        Message(role=last.role, content=f"{last.content}\n\nThis is proposal {place + 1}; make it another."),
    )


def _room(writer: Writer, messages: Sequence[Message], service: EndpointWriter | None) -> int:
    if service is not None:
        return PROPOSAL_TOKENS
    return max(1, min(PROPOSAL_TOKENS, writer.model.context - len(writer.model.renderer.prompt(messages))))


def _scoring(study: Study, writer: Writer, examples: Sequence[Example]) -> Score:
    """Scores by the judges that score every arm; an instruction that does not fit the context scores 0."""
    known: dict[str, list[float]] = {}

    def score(instruction: str) -> list[float]:
        if instruction not in known:
            prompts = [with_system(example.prompt, instruction) for example in examples]
            longest = max(len(writer.model.renderer.prompt(prompt)) for prompt in prompts)
            if longest > study.book.room:
                known[instruction] = [0.0] * len(examples)
            else:
                replies = writer.write(prompts, bar=_Still(), note="scoring prompts")
                outputs = study.judge(Variant("prompt").arm, examples, replies)
                known[instruction] = [study.merit([output])[0] for output in outputs]
        return known[instruction]

    return score


class _Still:
    """A bar that does not move: how often a search asks is not known beforehand."""

    def advance(self, amount: float = 1.0, *, note: str = "") -> None: ...
