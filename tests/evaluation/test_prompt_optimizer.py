"""The prompt optimiser: real DSPy over scripted seams; its proposals are candidates that validation chooses among."""

import importlib.util
from collections.abc import Sequence
from typing import Any

import pytest
from chat_server import Reply, good, serving
from frozen_examples import example

from brandtune.core.brand import Brand
from brandtune.core.errors import ConfigError, MissingPartError
from brandtune.core.examples import Example, Message
from brandtune.core.tasks import SupportReply
from brandtune.evaluation import EvaluationConfig
from brandtune.evaluation.arms import PromptBook, chosen
from brandtune.evaluation.choosing import choose_variants, num_tried
from brandtune.evaluation.endpoints.arms import open_endpoints
from brandtune.evaluation.optimizer import dspy_search
from brandtune.evaluation.optimizer.config import PromptOptimizerConfig
from brandtune.evaluation.optimizer.proposing import propose
from brandtune.evaluation.results import Output
from brandtune.evaluation.study import Study
from brandtune.models.generation import Generated

needs_dspy = pytest.mark.skipif(importlib.util.find_spec("dspy") is None, reason="dspy is not installed")
TRAIN = [example(number, subject=f"s{number}") for number in range(40)]
VALIDATION = [example(number, subject=f"s{number}") for number in range(100, 104)]


def proposal(text: str) -> str:
    return (
        f"[[ ## proposed_instruction ## ]]\n{text}\n\n[[ ## proposed_prefix_for_output_field ## ]]\nReply:\n\n"
        "[[ ## completed ## ]]"
    )


class Words:
    def prompt(self, messages: Sequence[Message]) -> tuple[int, ...]:
        return tuple(hash(word) for message in messages for word in message.content.split())


class Echo:
    """A model that answers with its whole prompt, and writes down which examples it was shown."""

    class model:
        renderer, context = Words(), 9999

    def __init__(self) -> None:
        self.asked: list[str] = []

    def write(self, prompts: Sequence[Sequence[Message]], **_: Any) -> list[Generated]:
        self.asked += [messages[-1].content for messages in prompts]
        return [Generated("\n".join(m.content for m in messages), 1, 1, True, 0.1) for messages in prompts]


class Likes:
    """A judge that likes replies by what stands in them: the more of three words, the better."""

    def judge(self, arm: str, examples: Sequence[Example], replies: Sequence[Generated]) -> list[Output]:
        words = ("WARM", "SHORT", "PLAIN")
        return [
            Output(arm=arm, text=r.text, scores={"on_brand": sum(word in r.text for word in words) / 3})
            for r in replies
        ]


class Still:
    def advance(self, amount: float = 1.0, *, note: str = "") -> None: ...


def study(**settings: Any) -> Study:
    config = EvaluationConfig(**settings)
    tasks = {"support_reply": SupportReply()}
    book = PromptBook(
        brand=Brand(name="Quill", voice="GUIDE"), tasks=tasks, train=TRAIN, config=config, renderer=Words(), room=9999
    )
    return Study(config=config, tasks=tasks, primary="on_brand", book=book, judges={"support_reply": Likes()})  # type: ignore[dict-item, arg-type]


@needs_dspy
def test_dspy_searches_through_our_seams_and_returns_the_best_first(capsys: Any) -> None:
    told = iter(["Be WARM.", "Be WARM and SHORT.", "Be loud.", "Be WARM, SHORT and PLAIN.", "Be shy.", "Be x."])
    asked: list[str] = []

    def ask(messages: Sequence[Message], temperature: float, place: int) -> str:
        asked.append(messages[-1].content)
        return proposal(next(told))

    def score(instruction: str) -> list[float]:
        return [sum(word in instruction for word in ("WARM", "SHORT", "PLAIN")) / 3] * 5

    config = PromptOptimizerConfig(breadth=3, depth=2)
    found = dspy_search.search("Answer.", num_examples=5, ask=ask, score=score, config=config)
    assert found[:3] == ["Be WARM, SHORT and PLAIN.", "Be WARM and SHORT.", "Be WARM."]
    assert "Answer." not in found
    assert any("Be WARM and SHORT." in text for text in asked[2:]), "the second round is told how the first one did"
    assert capsys.readouterr().out == ""


@needs_dspy
def test_validation_chooses_a_proposal_and_only_training_examples_were_searched_on() -> None:
    """The proposer is an endpoint; it is told instructions, never a customer's words."""
    bodies: list[str] = []

    def answer(body: dict[str, Any], _: int) -> Reply:
        bodies.append(str(body["messages"]))
        return good(proposal("Be WARM and PLAIN." if "proposal 2" in bodies[-1] else "Be WARM, SHORT and PLAIN."))

    with serving(answer) as service:
        one = study(
            endpoints=[{"name": "big", "model": "m", "url": service.url, "retries": 0}],
            prompt_optimizer={"kind": "dspy", "proposer": "big", "breadth": 3, "depth": 1, "examples": 6, "keep": 2},
        )
        writer = Echo()
        services = open_endpoints(one.config, work=None)
        propose(one, writer, TRAIN, config=one.config.prompt_optimizer, services=services)  # type: ignore[arg-type]
    assert one.book.proposals == {"support_reply": ("Be WARM, SHORT and PLAIN.", "Be WARM and PLAIN.")}
    assert set(writer.asked) <= {e.prompt[-1].content for e in TRAIN} and len(set(writer.asked)) == 6
    assert not any(e.prompt[-1].content in body for body in bodies for e in [*TRAIN, *VALIDATION])
    before = len(writer.asked)
    found = choose_variants(one, writer, VALIDATION, bar=Still())  # type: ignore[arg-type]
    assert (found.variants["prompt"].proposal, found.baseline) == (0, "prompt")
    assert chosen(found.variants["prompt"], shots=(1,)) == "instruction 1 of the prompt optimiser"
    assert len(writer.asked) - before == num_tried(one.config, has_guide=True) * len(VALIDATION)


@needs_dspy
def test_a_proposer_that_answers_rubbish_is_noted_and_the_usual_wordings_stay() -> None:
    one = study(prompt_optimizer="dspy")
    propose(one, Echo(), TRAIN, config=one.config.prompt_optimizer, services=[])  # type: ignore[arg-type]
    found = choose_variants(one, Echo(), VALIDATION, bar=Still())  # type: ignore[arg-type]
    assert found.variants["prompt"].proposal is None
    assert one.book.proposals.get("support_reply", ()) == () or "found nothing" not in one.notes[0]


def test_without_dspy_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dspy_search.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPartError, match=r"needs the package `dspy`.*brandtune\[dspy\]"):
        dspy_search.require_dspy()


def test_the_proposer_must_be_an_endpoint_that_is_there() -> None:
    assert study(prompt_optimizer="dspy").config.prompt_optimizer == PromptOptimizerConfig()
    with pytest.raises((ConfigError, ValueError), match="no endpoint is named `nobody`"):
        study(prompt_optimizer={"proposer": "nobody"})
