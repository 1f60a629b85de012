"""Comparisons that would prove nothing: leaked rows, other examples, scores that are no numbers, empty replies."""

import math

import pytest
from frozen_examples import example

from brandtune.core.errors import DataError
from brandtune.core.records import Origin
from brandtune.evaluation.checks import refuse_leaks, settle
from brandtune.evaluation.config import EvaluationConfig
from brandtune.evaluation.gates import _safety, gates
from brandtune.evaluation.results import Estimate, Gate, Output, Verdict
from brandtune.evaluation.scored import Scored
from brandtune.evaluation.statistics import compare
from brandtune.evaluation.summary import _contrasts
from brandtune.evaluation.verdict import decide
from brandtune.models.generation import Generated

EXAMPLES = [example(number, subject=f"s{number}") for number in range(12)]


def scored(**scores: list[float | None]) -> Scored:
    """Arms with one on-brand score for each of the first examples."""
    num = max(len(values) for values in scores.values())
    found = Scored(EXAMPLES[:num])
    for arm, values in scores.items():
        found.outputs[arm] = [
            Output(arm=arm, text="Yes.", scores={"on_brand": value, "style": 0.4}) for value in values
        ]
        found.replies[arm] = [Generated("Yes.", 5, 2, True, 0.1 * (index + 1)) for index in range(len(values))]
    return found


def test_examples_of_other_people_are_no_leak() -> None:
    refuse_leaks(EXAMPLES[:6], EXAMPLES[6:])


def test_a_held_out_row_that_was_learnt_is_named_with_its_place() -> None:
    import msgspec

    leaked = msgspec.structs.replace(EXAMPLES[3], origin=Origin(source="crm", file="tickets.csv", line=12))
    with pytest.raises(DataError, match=r"1 held-out examples.*e00003 \(tickets.csv:12\)") as caught:
        refuse_leaks(EXAMPLES[:6], [leaked, EXAMPLES[7]])
    assert caught.value.exit_code == 3


def test_the_same_words_under_another_id_are_a_leak() -> None:
    twin = example(99, text=EXAMPLES[2].messages[1].content.removeprefix("question ").upper())
    with pytest.raises(DataError, match="e00099 is e00002 of training"):
        refuse_leaks(EXAMPLES[:6], [twin])
    other_answer = example(98, text="something else")
    refuse_leaks(EXAMPLES[:6], [other_answer])


def test_more_leaks_than_can_be_named_are_counted() -> None:
    with pytest.raises(DataError, match=r"8 held-out examples.*and 3 more"):
        refuse_leaks(EXAMPLES, EXAMPLES[:8])


def test_arms_with_different_example_sets_are_refused() -> None:
    with pytest.raises(DataError, match="the arm tuned was scored on 2 examples and there are 3"):
        settle(scored(base=[1.0, 0.0, 1.0], tuned=[1.0, 0.0]))


def test_an_empty_reply_fails_what_saying_nothing_would_pass() -> None:
    found = scored(base=[1.0, 1.0])
    found.outputs["base"][0] = Output(
        arm="base", text="  ", scores={"facts_ok": 1.0, "on_brand": 0.0, "style": 0.4, "safe": None, "revised": 1.0}
    )
    assert settle(found) == ["base: 1 of 2 replies are empty and count as failures."]
    assert found.outputs["base"][0].scores == {
        "facts_ok": 0.0, "on_brand": 0.0, "style": 0.4, "safe": None, "revised": 1.0,
    }  # fmt: skip
    assert found.outputs["base"][1].scores["on_brand"] == 1.0


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_score_that_is_no_number_is_left_out_for_every_arm_and_counted(bad: float) -> None:
    found = scored(base=[1.0, 0.0, 1.0], tuned=[1.0, bad, 1.0])
    (note,) = settle(found)
    assert note.startswith("on_brand is not a number for 1 of 3 examples") and "e00001" in note
    ours, theirs, clusters = found.paired("on_brand", arm="tuned", baseline="base")
    assert (ours, theirs, clusters) == ([1.0, 1.0], [1.0, 1.0], ["s0", "s2"])
    assert found.outputs["base"][1].scores["style"] == 0.4


def test_arms_are_paired_by_example_where_one_lacks_a_score() -> None:
    """A failed call has no score; the examples after it must not move up."""
    found = scored(base=[None, 0.0, 1.0], tuned=[1.0, 1.0, 0.0])
    assert settle(found) == []
    assert found.paired("on_brand", arm="tuned", baseline="base") == ([1.0, 0.0], [0.0, 1.0], ["s1", "s2"])


def test_arms_without_one_score_in_common_are_refused_and_named() -> None:
    found = scored(base=[1.0, None], tuned=[None, 1.0])
    with pytest.raises(DataError, match="under both tuned and base"):
        _contrasts(found, EvaluationConfig(resamples=200), primary="on_brand", baseline="base", arms=["base", "tuned"])


def test_every_gate_is_shown_and_those_without_evidence_say_why() -> None:
    found = scored(base=[0.0] * 12, tuned=[1.0] * 12)
    primary = compare(
        "on_brand", ("tuned", [1.0] * 12), ("base", [0.0] * 12), clusters=found.clusters, resamples=300, seed=0
    )
    decision: Verdict = decide(primary, title="On-brand", arm="Tuned", baseline="Base", worthwhile=0.05)
    shown = gates(
        found, EvaluationConfig(resamples=200), decision, baseline="base", titles={"base": "Base"}, overfitting=None
    )
    assert {gate.name: gate.measured for gate in shown} == {
        "primary": True, "facts_ok": False, "well_formed": False, "safe": False, "latency": False,
        "memorization": False,
    }  # fmt: skip
    assert all(gate.passed for gate in shown)
    assert "latency_s" in shown[4].sentence
    limited = EvaluationConfig.model_validate({"resamples": 200, "gates": {"latency_s": 0.5}})
    slow = gates(found, limited, decision, baseline="base", titles={"base": "Base"}, overfitting=None)
    assert [gate.name for gate in slow if not gate.passed] == ["latency"]
    assert "1.15 s" in slow[4].sentence
    assert isinstance(primary.difference, Estimate)


def safety(unsafe: int) -> Gate:
    found = Scored([example(number, subject=f"s{number}") for number in range(100)])
    for arm, bad in (("tuned", unsafe), ("base", 0)):
        scores = [0.0] * bad + [1.0] * (100 - bad)
        found.outputs[arm] = [Output(arm=arm, text="Yes.", scores={"safe": value}) for value in scores]
    return _safety(found, EvaluationConfig(resamples=400), margin=0.02, baseline="base", title="Base")


def test_safety_passes_while_nothing_unsafe_was_seen_and_says_what_may_be_unseen() -> None:
    """A hundred replies without any can never show less than two points; they must not fail for it."""
    clear = safety(0)
    assert clear.passed and clear.measured and clear.value == 0.0
    assert "nothing unsafe was seen in 100 replies; at worst 3.7 %" in clear.sentence
    seen = safety(4)
    assert not seen.passed and seen.value < -0.02
