"""People's blind votes: wins and half the ties, agreement among people and with the judge, beside reference packages."""

import math
import random

import krippendorff
import pytest
from sklearn.metrics import cohen_kappa_score

from brandtune.evaluation.judges.labels import BlindVote
from brandtune.evaluation.judges.pairwise import tally
from brandtune.evaluation.judges.people import majority, people_line
from brandtune.evaluation.results import PairwiseLine

SIDES = ("first", "second", "tie")


def votes(seed: int = 0, people: int = 3, examples: int = 30) -> list[BlindVote]:
    draw = random.Random(seed)
    found = []
    for number in range(examples):
        liked = draw.choice(SIDES)
        for person in range(people):
            if draw.random() < 0.8:
                side = liked if draw.random() < 0.7 else draw.choice(SIDES)
                found.append(BlindVote(f"e{number}", "tuned", side, f"p{person}"))  # type: ignore[arg-type]
    return found


CUSTOMERS = {f"e{number}": f"c{number // 2}" for number in range(40)}


def test_score_and_agreement_among_people_are_the_reference_packages() -> None:
    own = votes()
    line = people_line(own, clusters=CUSTOMERS)
    assert line is not None
    worth = {"first": 1.0, "tie": 0.5, "second": 0.0}
    assert line.score.value == pytest.approx(sum(worth[v.preferred] for v in own) / len(own))
    assert (line.wins + line.ties + line.losses, line.num_labels, line.num_people) == (len(own), len(own), 3)
    assert line.score.low is not None and line.score.low < line.score.value < line.score.high  # type: ignore[operator]
    said = {(v.by, v.example_id): SIDES.index(v.preferred) for v in own}
    matrix = [[float(said.get((f"p{p}", f"e{n}"), math.nan)) for n in range(30)] for p in range(3)]
    assert line.people_agree == pytest.approx(krippendorff.alpha(matrix, level_of_measurement="nominal"))
    assert line.agreement is None and line.trusted


def test_the_judge_is_held_against_what_most_people_said() -> None:
    own = votes(seed=4)
    draw = random.Random(9)
    verdicts = {f"e{number}": draw.choice(SIDES) for number in range(5, 40)}
    scored = tally(list(verdicts.values()), clusters=list(verdicts), judge="model-j")  # type: ignore[arg-type]
    assert scored is not None
    judged: PairwiseLine = type(scored)(
        **{name: getattr(scored, name) for name in scored.__struct_fields__ if name != "verdicts"}, verdicts=verdicts
    )
    line = people_line(own, clusters=CUSTOMERS, judged=judged)
    most = majority(own)
    both = [name for name in most if name in verdicts]
    assert line is not None
    assert (line.compared_judge, line.num_compared, line.judge) == ("model-j", len(both), "people")
    expected = cohen_kappa_score([verdicts[name] for name in both], [most[name] for name in both])
    assert line.agreement == pytest.approx(expected)


def test_a_majority_needs_more_than_any_other_side() -> None:
    said = [("a", "first"), ("a", "first"), ("a", "tie"), ("b", "first"), ("b", "second"), ("c", "second")]
    own = [BlindVote(name, "tuned", side) for name, side in said]  # type: ignore[arg-type]
    assert majority(own) == {"a": "first", "b": "tie", "c": "second"}
    assert people_line([], clusters={}) is None
    line = people_line(own, clusters={"a": "1", "b": "2", "c": "3"})
    assert line is not None and (line.num_people, line.people_agree) == (0, None)
