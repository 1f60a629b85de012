"""The preflight of training: what does not fit, with its place; the turns that were looked at; time and memory."""

import msgspec
import pytest
from frozen_examples import example

from brandtune.core.examples import Message
from brandtune.core.records import Origin
from brandtune.models import load_model
from brandtune.training import TrainingConfig, preflight


@pytest.fixture(scope="module")
def found():
    examples = [
        msgspec.structs.replace(example(n, text="word " * (5 + n % 7)), origin=Origin(source="t", file="t.csv", line=n))
        for n in range(24)
    ]
    turns = (*examples[0].messages, Message(role="user", content="And?"), Message(role="assistant", content="No."))
    examples.append(msgspec.structs.replace(examples[0], example_id="two turns", messages=turns))
    long = msgspec.structs.replace(
        example(99, text="word " * 300), origin=Origin(source="t", file="t.csv", line=77), example_id="long"
    )
    config = TrainingConfig(max_tokens=128, epochs=2)
    model = load_model("starter", precision="fp32", device="cpu")
    return preflight([*examples, long], model=model, config=config, validation=examples[:3])


def test_what_does_not_fit_is_named_with_its_place_and_length(found):
    (row,) = found.too_long
    assert row.id == "long" and str(row.origin) == "t.csv:77" and "the limit is 128" in row.detail
    assert found.num_too_long == 1 and found.num_examples == 25


def test_every_assistant_turn_of_what_fits_is_counted(found):
    assert found.num_turns == 26


def test_steps_histogram_and_preview_add_up(found):
    assert found.num_steps == 14 and sum(count for _, count in found.histogram) == 25
    assert found.lengths[0] <= found.lengths[1] <= found.lengths[-1] <= 128
    learnt = [piece.text for piece in found.preview if piece.learnt]
    assert len(learnt) == 1 and learnt[0].endswith(found.end_token)


def test_time_and_memory_are_of_the_right_order(found):
    assert 0 < found.seconds < 600
    assert 8_500_000 * 4 < found.memory < 16 * 2**30
