"""Layers multiplied as one, beside the layers themselves as PyTorch and PEFT compute them."""

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import nn

from brandtune.models import linears
from brandtune.models.linears import Product

FEWEST, MOST = linears.FEW_ROWS
INPUTS, OUTPUTS = 24, (40, 16, 8)


class Layers(nn.Module):
    def __init__(self, *, bias: bool) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(INPUTS, size, bias=bias) for size in OUTPUTS)

    def forward(self, x):
        return torch.cat([layer(x) for layer in self.layers], dim=-1)


def layers(*, bias, adapted):
    """Three layers that read the same, and the network around them; `adapted`: by PEFT, with all but zeros in B."""
    torch.manual_seed(0)
    network = Layers(bias=bias)
    if adapted:
        network = get_peft_model(network, LoraConfig(r=4, lora_alpha=8, target_modules=["0", "2"]))
        for name, weight in network.named_parameters():
            if "lora_B" in name:
                nn.init.normal_(weight)
        return list(network.base_model.model.layers), network
    return list(network.layers), network


@pytest.mark.parametrize("adapted", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("copied", [False, True])
@pytest.mark.parametrize("rows", [1, FEWEST, 17, MOST, MOST + 1])
@torch.no_grad()
def test_a_group_computes_what_its_layers_compute(rows, copied, bias, adapted):
    modules, network = layers(bias=bias, adapted=adapted)
    inputs = torch.randn(rows, INPUTS)
    torch.testing.assert_close(Product(modules, copied=copied)(inputs), network(inputs), rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_few_rows_of_fp32_stand_on_the_right(monkeypatch):
    """Which product was chosen; that both give the same is tested above."""
    modules, _ = layers(bias=True, adapted=False)
    chosen = []

    def linear(inputs, weight, bias):
        chosen.append((len(inputs), inputs.dtype))
        return nn.functional.linear(inputs, weight, bias)

    monkeypatch.setattr(linears, "functional", type("Watched", (), {"linear": staticmethod(linear)}))
    product = Product(modules, copied=True)
    for rows in (1, FEWEST, MOST, MOST + 1):
        product(torch.randn(rows, INPUTS))
    Product([module.bfloat16() for module in modules], copied=True)(torch.randn(FEWEST, INPUTS).bfloat16())
    assert chosen == [(1, torch.float32), (MOST + 1, torch.float32), (FEWEST, torch.bfloat16)]
