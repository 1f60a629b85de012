"""The loss: equal to the obvious computation, and blind to what else is in the batch."""

import pytest
import torch
from tiny_models import write_tiny_model

from brandtune.core.examples import Message
from brandtune.models.likelihood import collate, length_groups, losses, reply_losses
from brandtune.models.loading import load_model

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_model(str(write_tiny_model(tmp_path_factory.mktemp("llama"))), precision="fp32")


@pytest.fixture(scope="module")
def rendered(model):
    texts = [("Hi", "Hello."), ("Where is my tent?", "It left us today and takes 3 days."), ("a " * 60, "Yes.")]
    return [
        model.renderer.render([Message(role="user", content=q), Message(role="assistant", content=a)]) for q, a in texts
    ]


def reference(model, item) -> float:
    """Sum of -log p over loss tokens, from full logits, one conversation alone."""
    ids = torch.tensor([item.token_ids])
    log_probabilities = model.network(input_ids=ids).logits.log_softmax(-1)
    return -sum(
        float(log_probabilities[0, i - 1, item.token_ids[i]]) for i in range(1, ids.shape[1]) if item.loss_mask[i]
    )


def test_losses_equal_the_full_computation_one_by_one(model, rendered):
    with torch.no_grad():
        together = losses(model.network, collate(rendered), device=CPU).tolist()
        alone = [reference(model, item) for item in rendered]
    assert together == pytest.approx(alone, rel=1e-5)


def test_a_conversation_cannot_see_its_neighbours(model, rendered):
    with torch.no_grad():
        first = losses(model.network, collate([rendered[0], rendered[1]]), device=CPU)[0]
        other = losses(model.network, collate([rendered[0], rendered[2]]), device=CPU)[0]
    assert float(first) == pytest.approx(float(other), rel=1e-6)


def test_gradients_of_a_batch_are_the_sum_of_the_single_ones(model, rendered):
    weight = next(model.network.parameters())

    def gradient(items):
        weight.grad = None
        losses(model.network, collate(items), device=CPU).sum().backward()
        return weight.grad.clone()

    together = gradient(rendered)
    alone = sum(gradient([item]) for item in rendered)
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-6)


def test_reply_losses_keep_the_order_whatever_the_grouping(model, rendered):
    small = reply_losses(model.network, rendered, device=CPU, max_tokens=1)
    large = reply_losses(model.network, rendered, device=CPU, max_tokens=10_000)
    assert [count for _, count in small] == [item.num_loss_tokens for item in rendered]
    assert [value for value, _ in small] == pytest.approx([value for value, _ in large], rel=1e-5)


def test_length_groups_respect_the_budget_and_lose_nothing():
    lengths = [5, 300, 7, 9, 120, 8]
    groups = list(length_groups(lengths, max_tokens=30))
    assert sorted(index for group in groups for index in group) == list(range(6))
    assert all(len(group) == 1 or max(lengths[i] for i in group) * len(group) <= 30 for group in groups)
