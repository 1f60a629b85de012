"""A prompt that is given several times, as when answers to it are compared, goes through the network once."""

import pytest
from tiny_models import write_tiny_model

from brandtune.models import Decoding, load_model
from brandtune.models.generation import generate_batch_tokens

GUIDE = list(range(100, 180))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_model(str(write_tiny_model(tmp_path_factory.mktemp("base"))), precision="fp32")


def counted(model, prompts, **settings):
    """The replies, and how many tokens went through the network in all."""
    tokens = 0
    forward = model.network.forward

    def counting(*args, **kwargs):
        nonlocal tokens
        tokens += kwargs["input_ids"].numel()
        return forward(*args, **kwargs)

    model.network.forward = counting
    try:
        return generate_batch_tokens(model, prompts, decoding=Decoding(**settings)), tokens
    finally:
        model.network.forward = forward


@pytest.mark.parametrize("guide", [[], GUIDE], ids=["nothing shared", "a guide shared"])
def test_replies_are_those_of_each_prompt_alone(model, guide):
    distinct = [[*guide, *range(10, 10 + size)] for size in (5, 9, 2)]
    order = [0, 1, 0, 2, 1, 1, 0]
    together, _ = counted(model, [distinct[i] for i in order], max_new_tokens=8)
    alone = [counted(model, [prompt], max_new_tokens=8)[0][0] for prompt in distinct]
    assert together == [alone[i] for i in order]


@pytest.mark.parametrize(("guide", "shared"), [([], 0), (GUIDE, 80)], ids=["nothing shared", "a guide shared"])
def test_each_prompt_is_computed_once(model, guide, shared):
    prompts = [[*guide, *range(10, 30)], [*guide, *range(50, 70)]]
    _, tokens = counted(model, [prompt for prompt in prompts for _ in range(8)], max_new_tokens=1)
    assert tokens == shared + 2 * 19 + 16  # the beginning, the rest of both, and the last token of every row


def test_samples_of_one_prompt_differ_and_repeat_with_the_seed(model):
    prompts = [list(range(10, 30))] * 4 + [list(range(50, 60))] * 4
    settings = {"max_new_tokens": 8, "temperature": 1.0, "seed": 3}
    once, again = (counted(model, prompts, **settings)[0] for _ in range(2))
    assert once == again
    assert len({tuple(reply) for reply in once[:4]}) > 1
