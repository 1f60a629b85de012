"""Layers computed twice: the same values and gradients, less kept; and what is chosen when memory is short."""

import msgspec
import pytest
import torch
from test_exact_packs import network, sequences  # noqa: F401 - sequences is a fixture
from test_methods_and_objectives import base, config, examples  # noqa: F401 - base is a fixture

from brandtune.core.examples import Message
from brandtune.core.progress import Silent
from brandtune.models import load_model
from brandtune.training import fit, head, head_blocks
from brandtune.training.config import LoRAConfig
from brandtune.training.fast import accelerate
from brandtune.training.forward import Forward
from brandtune.training.learner import Learner
from brandtune.training.methods import decoder_layers
from brandtune.training.recompute import recompute


def computed(model, sequences, *, packed=True):  # noqa: F811
    log_probs, _ = Forward(model, packed=packed).log_probs(sequences)
    values = log_probs.sum()
    parameters = dict(model.named_parameters())
    found = torch.autograd.grad(values, list(parameters.values()), allow_unused=True)
    return values.detach(), dict(zip(parameters, found, strict=True))


@pytest.mark.parametrize("kind", ["llama", "gemma2", "phi", "gpt_neox"])
@pytest.mark.parametrize("packed", [True, False])
def test_values_and_gradients_stay(kind, packed, sequences):  # noqa: F811
    model = network(kind)
    before = computed(model, sequences, packed=packed)
    assert recompute(model, layers=2) == 2
    after = computed(model, sequences, packed=packed)
    assert torch.equal(before[0], after[0])
    for name, gradient in before[1].items():
        if gradient is not None:
            assert (after[1][name] - gradient).norm() <= 1e-5 * gradient.norm(), name


def test_fast_layers_stay_fast_and_keep_less(sequences):  # noqa: F811
    model = network("llama")
    assert accelerate(model) == 3
    before, kept = computed(model, sequences), []

    def bytes_kept() -> int:
        found: dict[int, int] = {}

        def keep(tensor):
            found[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
            kept.append(tensor)
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            Forward(model, packed=True).log_probs(sequences)
        return sum(found.values())

    whole = bytes_kept()
    recompute(model, layers=2)
    after, some = computed(model, sequences), bytes_kept()
    recompute(model, layers=3)
    assert bytes_kept() < some < whole
    assert torch.equal(before[0], after[0])
    for name, gradient in before[1].items():
        if gradient is not None:
            assert (after[1][name] - gradient).norm() <= 1e-5 * gradient.norm(), name
    recompute(model, layers=0)
    assert bytes_kept() == whole


def learner(base, **changes) -> Learner:  # noqa: F811
    return Learner(load_model(base, precision="fp32"), config(**changes), progress=Silent())


def test_dropout_is_drawn_once(base):  # noqa: F811
    """The second computation must meet the first one's dropout, or gradients would belong to another network."""
    settings = {"lora": LoRAConfig(rank=4, alpha=8, dropout=0.3)}
    found = []
    for again in ("never", "always"):
        run = learner(base, recompute=again, **settings)
        items, _ = run.items(examples())
        fit.fit(run, items)
        torch.manual_seed(5)
        losses = [run.learn(items[:4], rate=1e-2) for _ in range(3)]
        found.append((losses, run.weights.state()))
    assert run.recomputed == 2
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-5)


def test_nothing_is_done_where_memory_suffices(base):  # noqa: F811
    run = learner(base)
    items, _ = run.items(examples())
    expected = fit.fit(run, items)
    assert (run.recomputed, run.micro_batch_tokens) == (0, 4096)
    assert expected > 0


def longest_of(items):
    return max(len(one) for item in items for one in item.sequences)


def test_a_part_is_as_large_as_its_pack(base):  # noqa: F811
    """What conversations begin with in common is in memory once."""
    run = learner(base, batch_size=8)
    guide = Message(role="system", content="Our guide. " * 20)
    rows = [msgspec.structs.replace(row, messages=(guide, *row.messages[-2:])) for row in examples()[:8]]
    items, _ = run.items(rows)
    together = [one for item in items for one in item.sequences]
    assert fit.most_tokens(run, items) == run.forward.size(together) < 0.8 * sum(map(len, items))


def test_few_short_conversations_keep_few_attention_weights(base):  # noqa: F811
    run = learner(base)
    assert run.num_fast_layers
    short, long = (fit.footprint(run, longest=size) for size in (8, 512))
    each = len(decoder_layers(run.model.network)) * 4 * run.model.network.config.num_attention_heads
    assert short.needed(100) == short.needed(0) + 100 * 8 * each + int(
        100 * (short.a_token + short.a_token / short.layers)
    )
    assert long.needed(10**6) - long.needed(0) < 10**6 * 512 * each


def test_as_few_layers_as_needed_when_memory_is_short(base):  # noqa: F811
    run = learner(base)
    items, _ = run.items(examples())
    measured, tokens = fit.footprint(run, longest=longest_of(items)), fit.most_tokens(run, items)
    needs = [measured.needed(tokens, recomputed=n) for n in range(3)]
    assert needs[0] > needs[2]
    fit.fit(run, items, limit=needs[0] - 1)
    assert 1 <= run.recomputed <= 2
    other = learner(base, recompute="never")
    fit.fit(other, items, limit=1)
    assert other.recomputed == 0


def test_automatic_parts_fit_the_memory(base):  # noqa: F811
    run = learner(base, micro_batch_tokens="auto", batch_size="auto")
    items, _ = run.items(examples() * 40)
    measured = fit.footprint(run, longest=longest_of(items))
    fit.fit(run, items)
    assert run.micro_batch_tokens == 8192
    assert fit.batch_size(run, items) == len(items) // fit.FEWEST_STEPS
    fit.fit(run, items, limit=measured.needed(3000))
    assert run.micro_batch_tokens in (1024, 2048)
    fit.fit(run, items, limit=1)
    assert run.micro_batch_tokens == fit.FEWEST_TOKENS
    assert run.recomputed == len(decoder_layers(run.model.network))


def test_what_a_token_keeps_is_what_is_kept(base):  # noqa: F811
    """Twice the tokens keep twice as much: the measure is of tokens, not of weights."""
    run = learner(base)
    short = fit.footprint(run).a_token
    old, fit.PROBE_TOKENS = fit.PROBE_TOKENS, 256
    try:
        assert fit.footprint(run).a_token == pytest.approx(short, rel=0.1)
    finally:
        fit.PROBE_TOKENS = old


@pytest.mark.parametrize("positions", [5, 3000])
@pytest.mark.parametrize("vocabulary", [300, 50_000])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_what_the_head_is_expected_to_hold_is_what_it_holds(positions, vocabulary, dtype):
    hidden, weight = torch.zeros(positions, 2, dtype=dtype), torch.zeros(vocabulary, 2, dtype=dtype)
    blocks = head_blocks._Logits(hidden, weight, None)
    held = sum(buffer.nbytes for buffer in (blocks._raw, blocks._wide, blocks._narrow))
    expected = head.bytes_held(
        positions=positions, vocabulary=vocabulary, element_size=dtype.itemsize, device=hidden.device, finished=False
    )
    assert expected == held


def test_logits_that_are_changed_afterwards_are_expected_to_take_more(base, monkeypatch):  # noqa: F811
    monkeypatch.setattr("brandtune.training.memory.present", lambda _: 0)
    run = learner(base)
    plain = fit.footprint(run).fixed
    run.model.network.config.final_logit_softcapping = 30.0
    vocabulary = run.model.network.config.vocab_size
    wanted = 2 * 8 * min(head.CHUNK_LOGITS, run.max_tokens * vocabulary)
    less = head_blocks.bytes_held(positions=run.max_tokens, vocabulary=vocabulary, element_size=4, device=run.device)
    assert wanted > less and fit.footprint(run).fixed - plain == wanted - less
