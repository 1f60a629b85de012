"""The gates of the model as served: paired with the model as evaluated, on the report's own numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from frozen_examples import example

from brandtune.core.errors import ConfigError, DataError
from brandtune.core.examples import Example
from brandtune.evaluation import EvaluationConfig
from brandtune.evaluation.results import (
    ArmFacts,
    Contrast,
    Estimate,
    Gate,
    Output,
    Report,
    ScoredExample,
    Served,
    Verdict,
)
from brandtune.evaluation.served.config import ServeAs
from brandtune.evaluation.served.gates import with_served
from brandtune.evaluation.statistics import one_sided_lower
from brandtune.models.generation import Generated

NUM = 80
EXAMPLES = [example(number, subject=f"s{number}") for number in range(NUM)]
SERVED = Served(
    engine="llama.cpp", version="x 1", quantization="q4_0", file="m.gguf", sha256="ab" * 32, num_examples=NUM
)
SERVE = ServeAs(quantization="q4_0", margin=0.1)


class Read:
    """A judge that reads scores from the reply itself: `1 1 0` is on-brand, well-formed, safe."""

    def judge(self, arm: str, examples: Sequence[Example], replies: Sequence[Generated]) -> list[Output]:
        names = ("on_brand", "well_formed", "safe")
        return [
            Output(arm=arm, text=reply.text, scores=dict(zip(names, map(float, reply.text.split()), strict=True)))
            for reply in replies
        ]


def report(evaluated: Sequence[float]) -> Report:
    scores = {"well_formed": 1.0, "safe": 1.0}
    rows = tuple(
        ScoredExample(
            example_id=one.example_id, task=one.task, customer=str(one.subject),
            scores={"tuned": {"on_brand": value, **scores}, "prompt": {"on_brand": 0.0, **scores}},
        )
        for one, value in zip(EXAMPLES, evaluated, strict=True)
    )  # fmt: skip
    primary = Contrast(
        metric="on_brand", arm="tuned", baseline="prompt", difference=Estimate(value=0.5, low=0.4, high=0.6, n=NUM),
        p_value=0.01, method="exact McNemar", num_clusters=NUM,
    )  # fmt: skip
    gate = Gate(name="primary", passed=True, value=0.4, limit=0.0, sentence="The gain is at least 40 points.")
    return Report(
        arms=(ArmFacts(name="prompt", title="Prompted", description=""),), metrics=(), cells=(), contrasts=(primary,),
        verdict=Verdict(outcome="better", sentence="", primary=primary), gates=(gate,), samples=(),
        tasks=("support_reply",), num_test=NUM, num_validation=4, num_customers=NUM, examples=rows,
    )  # fmt: skip


def run(evaluated: Sequence[float], texts: Sequence[str], **settings: Any) -> tuple[Report, dict[str, Gate]]:
    config = EvaluationConfig(resamples=500, **settings)
    replies = [Generated(text, 5, 5, True, 0.2) for text in texts]
    before = report(evaluated)
    after = with_served(
        before, replies, examples=EXAMPLES, judges={"support_reply": Read()},  # type: ignore[dict-item]
        config=config, serve=SERVE, served=SERVED,
    )  # fmt: skip
    assert after.gates[: len(before.gates)] == before.gates
    return after, {gate.name: gate for gate in after.gates[len(before.gates) :]}


def test_the_same_replies_pass_and_the_report_says_what_was_asked() -> None:
    after, gates = run([1.0] * 60 + [0.0] * 20, ["1 1 1"] * 60 + ["0 1 1"] * 20)
    expected = one_sided_lower(np.zeros(NUM), [str(one.subject) for one in EXAMPLES], resamples=500, seed=0)
    assert gates["serving"].passed and gates["serving"].value == pytest.approx(expected)
    assert set(gates) == {"serving", "serving_well_formed", "serving_safe"}
    assert "Served by llama.cpp as q4_0: On-brand differs by +0.0 points" in gates["serving"].sentence
    assert after.served == SERVED
    assert any("m.gguf (sha256 abababababab)" in note and "on 80 of the" in note for note in after.notes)


def test_a_loss_beyond_the_margin_is_refused_with_the_bound_of_the_paired_difference() -> None:
    evaluated = [1.0] * 70 + [0.0] * 10
    served = [1.0] * 55 + [0.0] * 25
    _, gates = run(evaluated, [f"{int(value)} 1 1" for value in served])
    gate = gates["serving"]
    expected = one_sided_lower(
        np.array(served) - np.array(evaluated), [str(one.subject) for one in EXAMPLES], resamples=500, seed=0
    )
    assert not gate.passed and gate.value == pytest.approx(expected) and gate.value < -15 / 80
    assert "95 % interval" in gate.sentence and "on 80 examples" in gate.sentence


def test_too_few_examples_for_the_margin_are_said_to_be_too_few() -> None:
    _, gates = run([1.0] * NUM, ["1 1 1"] * (NUM - 5) + ["0 1 1"] * 5)
    assert not gates["serving"].passed and gates["serving"].value < -0.1
    assert "within the margin; so few examples cannot make it sure" in gates["serving"].sentence


def test_form_safety_and_time_are_asked_again_and_empty_replies_fail() -> None:
    texts = ["1 0 0"] * 40 + ["1 1 1"] * 40
    _, gates = run([1.0] * NUM, texts, gates={"latency_s": 0.1})
    assert {name: gate.passed for name, gate in gates.items()} == {
        "serving": True, "serving_well_formed": False, "serving_safe": False, "serving_latency": False,
    }  # fmt: skip


def test_examples_that_were_not_evaluated_are_refused() -> None:
    made = report([1.0] * NUM)
    other = [example(number, subject="x") for number in range(900, 903)]
    with pytest.raises(DataError, match="3 examples were not evaluated"):
        with_served(
            made, [Generated("1 1 1", 1, 1, True, 0.1)] * 3, examples=other, judges={"support_reply": Read()},  # type: ignore[dict-item]
            config=EvaluationConfig(resamples=200), serve=SERVE, served=SERVED,
        )  # fmt: skip


def test_an_engine_that_nobody_here_can_ask_is_a_mistake_in_the_configuration(tmp_path: Any) -> None:
    from small_company import write_company

    from brandtune.workflows.plan import load_plan

    config = write_company(tmp_path / "company")
    with pytest.raises(ConfigError, match=r"release\.serve_as\.engine"):
        load_plan(config, overrides=["release.serve_as={engine: vllm}"])
    assert load_plan(config).release.serve_as is None
