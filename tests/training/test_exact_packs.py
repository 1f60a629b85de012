"""A pack with shared beginnings gives the very loss and gradients of its sequences computed one by one."""

import random

import pytest
import torch
from transformers import CONFIG_MAPPING, AutoModelForCausalLM

from brandtune.core.errors import ConfigError
from brandtune.training.attention import Layout
from brandtune.training.forward import Forward, packs_are_exact
from brandtune.training.head import token_log_probs
from brandtune.training.packing import Tokens, pack
from brandtune.training.tree_attention import block_attention, blocks_of, tree_mask

VOCABULARY = 97
SHAPE = {
    "vocab_size": VOCABULARY, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3,
    "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 256, "pad_token_id": 0,
    "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
GEMMA = {"head_dim": 8, "sliding_window": 16, "query_pre_attn_scalar": 8}
ARCHITECTURES = {
    "llama": {},
    "qwen2": {},
    "qwen3": {"head_dim": 8},
    "mistral": {"sliding_window": 16},
    "gemma": {"head_dim": 8},
    "gemma2": {**GEMMA, "attn_logit_softcapping": 2.0, "final_logit_softcapping": 3.0},
    "gemma3_text": GEMMA,
    "phi": {},
    "phi3": {},
    "smollm3": {},
    "granite": {"logits_scaling": 3.0},
    "cohere": {"logit_scale": 0.3},
    "olmo2": {},
    "gpt_neox": {},
}


@pytest.fixture(scope="module")
def sequences() -> list[Tokens]:
    """Two levels of common beginnings, an equal pair, one that shares nothing, loss in the shared part as well."""
    numbers = random.Random(0)

    def some(count: int) -> tuple[int, ...]:
        return tuple(numbers.randrange(3, VOCABULARY) for _ in range(count))

    system, guide = some(40), some(12)
    found = []
    for i in range(6):
        ids = system + (guide if i % 2 else ()) + some(numbers.randrange(8, 30))
        found.append(Tokens(ids, tuple(j > len(ids) - 6 or j == 20 for j in range(len(ids)))))
    return [*found, found[0], Tokens(some(10), (False,) * 9 + (True,))]


def network(kind: str):
    torch.manual_seed(0)
    shape = {k: v for k, v in SHAPE.items() if not (kind == "gpt_neox" and k == "num_key_value_heads")}
    config = CONFIG_MAPPING[kind](**shape, **ARCHITECTURES[kind])
    config._attn_implementation = "eager"  # the library's own reference; its fast path leaves Gemma's soft cap out
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32, attn_implementation="eager").eval()
    for parameter in model.parameters():
        parameter.data.add_(torch.randn_like(parameter) * 0.1)
    return model


def gradients(model) -> dict[str, torch.Tensor]:
    found = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    return found


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_equal_to_one_by_one(kind, sequences):
    model = network(kind)
    weights = torch.linspace(0.5, 1.5, len(sequences))
    forward = Forward(model, packed=True)
    parts = list(forward.parts([(one,) for one in sequences], max_tokens=150))
    assert len(parts) > 1
    packed = torch.zeros(len(sequences))
    for members in parts:
        log_probs, owners = forward.log_probs([sequences[i] for i in members])
        sums = torch.zeros(len(members)).index_add(0, owners, log_probs)
        packed[members] = sums.detach()
        (sums * weights[members]).sum().backward()
    ours = gradients(model)
    for index, sequence in enumerate(sequences):
        ids = torch.tensor([sequence.token_ids])
        log_probs = model(input_ids=ids).logits[0].float().log_softmax(-1)
        total = sum(log_probs[t - 1, ids[0, t]] for t in range(1, len(sequence)) if sequence.loss_mask[t])
        (total * weights[index]).backward()
        assert packed[index].item() == pytest.approx(total.item(), rel=1e-5)
    theirs = gradients(model)
    assert ours.keys() == theirs.keys()
    for name, reference in theirs.items():
        assert (ours[name] - reference).norm() <= 1e-5 * reference.norm() + 1e-7, name


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_blocks_equal_the_mask(dtype, sequences):
    torch.manual_seed(0)
    (row,) = pack(sequences, max_tokens=10**6)
    layout = Layout.of(row, device=torch.device("cpu"))
    shapes = [(1, 6, len(row), 16), (1, 2, len(row), 16), (1, 2, len(row), 16)]
    query, key, value = (torch.randn(shape, dtype=dtype, requires_grad=True) for shape in shapes)
    wanted = torch.randn(shapes[0], dtype=dtype)
    results = []
    for way in ("blocks", "mask"):
        if way == "blocks":
            out = block_attention(query, key, value, blocks=blocks_of(row.nodes), scale=0.25)
        else:
            out = torch.nn.functional.scaled_dot_product_attention(
                query, key, value, attn_mask=layout.mask(None), scale=0.25, enable_gqa=True
            )
        results.append([out, *torch.autograd.grad(out, (query, key, value), wanted)])
    tolerance = 1e-5 if dtype == torch.float32 else 2e-2
    for ours, reference in zip(*results, strict=True):
        assert (ours - reference).norm() <= tolerance * reference.norm()


def test_the_mask_keeps_a_window_within_the_sequence():
    (row,) = pack(
        [Tokens((1, 2, 3, 4), (False,) * 4), Tokens((1, 2, 5, 6), (False,) * 4)], max_tokens=9, shortest_shared=2
    )
    mask = tree_mask(row.nodes, torch.tensor(row.position_ids), window=2).int().tolist()
    # row: 1 2 | 3 4 | 5 6; each sees itself and one before it in its own sequence
    assert mask == [
        [1, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0],
        [0, 1, 1, 0, 0, 0],
        [0, 0, 1, 1, 0, 0],
        [0, 1, 0, 0, 1, 0],
        [0, 0, 0, 0, 1, 1],
    ]


@pytest.mark.parametrize("trained", [("hidden",), ("hidden", "weight", "bias"), ("weight",)])
def test_the_head_is_exact_in_blocks(monkeypatch, trained):
    torch.manual_seed(0)
    for name, value in {"BLOCK_LOGITS": 4 * 50, "MOST_ROWS": 3, "FEWEST_WORDS": 7}.items():
        monkeypatch.setattr(f"brandtune.training.head_blocks.{name}", value)
    given = {"hidden": torch.randn(13, 8), "weight": torch.randn(50, 8), "bias": torch.randn(50)}
    for name in trained:
        given[name].requires_grad_()
    targets, wanted = torch.randint(0, 50, (13,)), torch.randn(13)
    logits = given["hidden"] @ given["weight"].t() + given["bias"]
    reference = logits.log_softmax(-1).gather(1, targets[:, None])[:, 0]
    ours = token_log_probs(given["hidden"], given["weight"], targets, bias=given["bias"])
    torch.testing.assert_close(ours, reference)
    parameters = [given[name] for name in trained]
    for a, b in zip(
        torch.autograd.grad(ours, parameters, wanted), torch.autograd.grad(reference, parameters, wanted), strict=True
    ):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("trained", [("hidden",), ("hidden", "weight", "bias")])
@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("confidence", [1.0, 12.0])
def test_the_head_in_bf16_is_that_of_rounded_logits(monkeypatch, trained, compiled, confidence):
    """Confident or not: the target's logit is rounded as those are that the sum is taken over."""
    monkeypatch.setattr("brandtune.training.head_blocks.BLOCK_LOGITS", 29 * 512)
    if not compiled:
        monkeypatch.setattr("brandtune.training.head_blocks.kernels", lambda _: None)
    torch.manual_seed(0)
    weight, targets, wanted = torch.randn(1900, 64), torch.randint(0, 1900, (29,)), torch.rand(29) + 0.5
    hidden = confidence * (weight[targets] * 0.15 + torch.randn(29, 64) * 0.1)
    given = {"hidden": hidden, "weight": weight, "bias": torch.randn(1900) * 0.1}
    given = {name: tensor.to(torch.bfloat16).requires_grad_(name in trained) for name, tensor in given.items()}
    logits = given["hidden"] @ given["weight"].t()
    logits = logits + given["bias"]
    reference = logits.float().log_softmax(-1).gather(1, targets[:, None])[:, 0]
    ours = token_log_probs(given["hidden"], given["weight"], targets, bias=given["bias"])
    assert ours.max() <= 0
    torch.testing.assert_close(ours, reference, rtol=1e-4, atol=1e-4)
    parameters = [given[name] for name in trained]
    gradients = (torch.autograd.grad(value, parameters, wanted) for value in (ours, reference))
    for mine, theirs in zip(*gradients, strict=True):
        assert (mine - theirs).norm() <= 2e-2 * theirs.norm()


def test_no_separate_head_is_refused(sequences):
    model = network("llama")
    model.get_output_embeddings = lambda: None
    with pytest.raises(ConfigError, match="no body and head"):
        Forward(model, packed=True).log_probs(sequences[:1])


def test_the_network_attends_as_before_afterwards(sequences):
    model = network("llama")
    before = model.config._attn_implementation
    Forward(model, packed=True).log_probs(sequences[:2])
    assert model.config._attn_implementation == before


def test_padded_gives_the_same(sequences):
    model = network("qwen2")
    ours, theirs = (Forward(model, packed=packed).log_probs(sequences[:4]) for packed in (True, False))
    for owner in range(4):
        torch.testing.assert_close(ours[0][ours[1] == owner], theirs[0][theirs[1] == owner])


@pytest.mark.parametrize("kind", ["llama", "gemma2", "phi"])
def test_what_can_be_packed_is_found_to_be(kind):
    assert packs_are_exact(network(kind))


def test_state_space_layers_are_found_to_mix_what_is_packed():
    config = CONFIG_MAPPING["mamba"](vocab_size=VOCABULARY, hidden_size=32, num_hidden_layers=2, state_size=4)
    torch.manual_seed(0)
    assert not packs_are_exact(AutoModelForCausalLM.from_config(config, dtype=torch.float32))
