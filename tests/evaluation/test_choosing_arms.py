"""Prompts, the number of worked examples and endpoints are chosen on validation; a whole evaluation with endpoints."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import tiny_models
from chat_server import Reply, good, serving
from frozen_examples import example

from brandtune.core.brand import Brand
from brandtune.core.examples import Example, Message
from brandtune.core.tasks import SupportReply, Task
from brandtune.evaluation import EvaluationConfig, evaluate
from brandtune.evaluation.arms import PromptBook
from brandtune.evaluation.choosing import choose_variants, num_tried
from brandtune.evaluation.results import Output
from brandtune.evaluation.study import Study
from brandtune.models.generation import Generated
from brandtune.models.loading import load_model
from brandtune.scoring import load_rules

TASKS: dict[str, Task] = {"support_reply": SupportReply()}
TRAIN = [example(number, subject=f"s{number}") for number in range(40)]
VALIDATION = [example(number, subject=f"s{number}") for number in range(100, 104)]


class Words:
    def prompt(self, messages: Sequence[Message]) -> tuple[int, ...]:
        return tuple(hash(word) for message in messages for word in message.content.split())


class Echo:
    """A model that answers with its whole prompt."""

    def __init__(self) -> None:
        self.written = 0

    def write(self, prompts: Sequence[Sequence[Message]], **_: Any) -> list[Generated]:
        self.written += len(prompts)
        return [Generated("\n".join(m.content for m in messages), 1, 1, True, 0.1) for messages in prompts]


class Likes:
    """A judge that likes prompts by how it was told."""

    def __init__(self, score: Any) -> None:
        self.score = score

    def judge(self, arm: str, examples: Sequence[Example], replies: Sequence[Generated]) -> list[Output]:
        return [Output(arm=arm, text=r.text, scores={"on_brand": float(self.score(r.text))}) for r in replies]


class Counted:
    advanced = 0.0

    def advance(self, amount: float = 1.0, *, note: str = "") -> None:
        self.advanced += amount


def study(score: Any, **settings: Any) -> Study:
    config = EvaluationConfig(**settings)
    book = PromptBook(
        brand=Brand(name="Quill", voice="GUIDE"), tasks=TASKS, train=TRAIN, config=config, renderer=Words(), room=9999
    )
    return Study(config=config, tasks=TASKS, primary="on_brand", book=book, judges={"support_reply": Likes(score)})


@pytest.mark.parametrize("wanted", [1, 2, 4])
def test_the_number_of_worked_examples_that_does_best_on_validation_is_taken(wanted: int) -> None:
    one = study(
        lambda text: text.count("\nanswer ") == wanted, few_shot_k=(4, 1, 2), arms=("base", "few_shot", "tuned")
    )
    writer, bar = Echo(), Counted()
    found = choose_variants(one, writer, VALIDATION, bar=bar)
    assert (found.variants["few_shot"].k, found.variants["few_shot"].guided) == (wanted, False)
    assert found.baseline == "few_shot"
    assert writer.written == num_tried(one.config, has_guide=True) * len(VALIDATION) == 20


def test_the_guide_is_tried_with_the_best_number_and_of_equals_the_plainer_is_taken() -> None:
    guided = study(lambda text: ("GUIDE" in text) + (text.count("\nanswer ") == 2), few_shot_k=(1, 2, 3))
    best = choose_variants(guided, Echo(), VALIDATION, bar=Counted()).variants["few_shot"]
    assert (best.k, best.guided) == (2, True)
    equal = study(lambda _: 1.0, few_shot_k=(1, 2, 3))
    found = choose_variants(equal, Echo(), VALIDATION, bar=Counted())
    assert (found.variants["few_shot"].k, found.variants["few_shot"].guided, found.baseline) == (1, False, "base")
    assert found.variants["prompt"].wording == "guide"


def test_the_wording_of_the_guide_is_chosen_and_exemplars_are_training_texts_of_usual_length() -> None:
    checked = study(lambda text: "hold your text" in text)
    assert choose_variants(checked, Echo(), VALIDATION, bar=Counted()).variants["prompt"].wording == "checked"
    exemplars = study(lambda text: "This is how Quill writes:" in text)
    found = choose_variants(exemplars, Echo(), VALIDATION, bar=Counted())
    assert found.variants["prompt"].wording == "exemplars"
    (system, *_) = exemplars.book.messages(VALIDATION[0], found.variants["prompt"])
    shown = system.content.split("This is how Quill writes:\n\n")[1].split("\n\n")
    assert len(shown) == 2 and set(shown) <= {one.reference for one in TRAIN}
    lengths = sorted(len(one.reference) for one in TRAIN)
    assert all(lengths[10] <= len(text) <= lengths[30] for text in shown)


TEST = [example(number, subject=f"s{number}") for number in range(200, 212)]


def run(folder: Path, model: Path, endpoints: list[dict[str, Any]], *, work: Path | None = None) -> Any:
    rules = folder / "rules" / "House"
    rules.mkdir(parents=True, exist_ok=True)
    (rules / "No.yml").write_text(
        "extends: existence\nmessage: No shouting.\nlevel: error\ntokens: ['SHOUT']\n", encoding="utf-8"
    )
    config = EvaluationConfig(
        arms=("base", "tuned"), endpoints=endpoints, resamples=200, style_negatives=8, max_validation=4,
        decoding={"max_new_tokens": 4}, gates={"forgetting": None, "overfitting": None},
    )  # fmt: skip
    return evaluate(
        brand=Brand(name="Quill"), tasks=TASKS, rules=load_rules(folder / "rules"), train=TRAIN[:12],
        validation=VALIDATION, test=TEST, load=lambda _: load_model(str(model)), config=config, work=work,
    )  # fmt: skip


def test_endpoints_are_arms_with_costs_failures_named_and_never_scored(tmp_path: Path) -> None:
    """One service fails on a third of the test examples, one never answers; the second run asks for failures alone."""
    model = tiny_models.write_tiny_model(tmp_path / "model")
    failing = {one.messages[1].content for one in TEST[::3]}

    def answer(body: dict[str, Any], _: int) -> Reply:
        if body["model"] == "down":
            return Reply("<html>busy</html>", status=400)
        asked = body["messages"][-1]["content"]
        return Reply("{}", status=400) if asked in failing else good("A calm answer of the house.")

    service_settings = {"retries": 0, "prompt": "base"}
    with serving(answer) as service:
        endpoints = [
            service_settings | {"name": "hosted", "model": "big", "url": service.url, "price_per_million_input": 1.0,
                                "price_per_million_output": 10.0, "currency": "EUR"},
            service_settings | {"name": "dead", "model": "down", "url": service.url},
        ]  # fmt: skip
        report = run(tmp_path, model, endpoints, work=tmp_path)
        num_asked = len(service.asked)
        again = run(tmp_path, model, endpoints, work=tmp_path)
        assert len(service.asked) - num_asked == 4 + 4
    assert [arm.name for arm in report.arms] == ["base", "hosted", "tuned", "human"]
    hosted = report.arms[1]
    assert (hosted.failed, hosted.mean_prompt_tokens) == (4, 100)
    assert (hosted.cost, hosted.currency) == (pytest.approx(0.3), "EUR")
    assert hosted.p95_seconds >= hosted.p50_seconds > 0
    rows = {(cell.metric, cell.estimate.n): cell.estimate.value for cell in report.cells if cell.arm == "hosted"}
    assert rows["on_brand", 8] == 1.0
    assert any("hosted: 4 of 12 replies failed after every retry (HTTP 400: 4)" in note for note in report.notes)
    assert any("dead was left out, because it answered 0 of 4" in note for note in report.notes)
    assert not any("are empty" in note for note in report.notes if note.startswith("hosted"))
    lost = [one for one in report.examples if "hosted" not in one.tokens]
    assert len(lost) == 4 and all(one.scores["hosted"] == {} for one in lost)
    pairs = {(c.baseline, c.metric): c.difference.n for c in report.contrasts}
    assert pairs["hosted", "on_brand"] == 8
    assert [arm.cost for arm in again.arms] == [arm.cost for arm in report.arms]
