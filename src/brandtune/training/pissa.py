"""PiSSA: the adapter starts at the main part of each weight, and the frozen base holds the rest (arXiv 2404.02948).

What is saved is the difference to where the adapter started, at twice the rank, so that it fits the base as it was.
"""

import math
from collections.abc import Mapping
from typing import Any

import torch
from peft import LoraConfig as PeftLoraConfig
from peft.tuners.lora import Linear as LoraLinear

from brandtune.core.errors import ConfigError

NAME = "default"
LARGEST_EXACT = 2048
"""Beyond this size exact values would take minutes a layer; the base takes whatever an approximation leaves."""
SPARE, POWERS = 8, 16
"""Vectors beyond the rank, and rounds, of the randomised approximation (Halko et al. 2011, arXiv 0909.4061)."""


@torch.no_grad()
def start_at_main_part(network: Any, *, device: torch.device) -> None:
    """Move the `rank` largest singular values of every adapted weight from the base into the adapter.

    The adapter is rounded first and the base takes what is left, so that network and base differ by one rounding only.

    Args:
        device: Where the singular values are computed.

    Raises:
        ConfigError: An adapter is on something else than a linear layer, or its rank is larger than the layer.
    """
    for name, module in network.named_modules():
        if NAME not in getattr(module, "lora_A", ()):
            continue
        if type(module) is not LoraLinear or type(module.base_layer) is not torch.nn.Linear:
            raise ConfigError(f"PiSSA cannot start at {name}, which is not a linear layer.", where="training.lora.init")
        _split(module, name, device=device)


def _split(module: Any, name: str, *, device: torch.device) -> None:
    a, b, base = module.lora_A[NAME].weight, module.lora_B[NAME].weight, module.base_layer.weight
    rank, scale = module.r[NAME], module.scaling[NAME]
    if rank > min(base.shape):
        raise ConfigError(
            f"rank {rank} is more than {name} has ({min(base.shape)}).",
            where="training.lora.rank", fix=f"PiSSA needs a rank of at most {min(base.shape)}.",
        )  # fmt: skip
    whole = base.float().to(device)
    left, values, right = _largest(whole, rank)
    roots = (values / scale).sqrt()
    a.copy_(roots[:, None] * right)
    b.copy_(left * roots)
    base.copy_(whole - scale * b.float().to(device) @ a.float().to(device))


def _largest(whole: torch.Tensor, rank: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The largest singular values with their vectors: [F, R], [R], [R, E]."""
    if min(whole.shape) <= LARGEST_EXACT:
        left, values, right = torch.linalg.svd(whole, full_matrices=False)
        return left[:, :rank], values[:rank], right[:rank]
    left, values, right = torch.svd_lowrank(whole, q=min(rank + SPARE, *whole.shape), niter=POWERS)
    return left[:, :rank], values[:rank], right[:, :rank].t()


def difference(
    trained: Mapping[str, torch.Tensor], start: Mapping[str, torch.Tensor], config: PeftLoraConfig
) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The adapter B·A − B₀·A₀ at twice the rank, by parameter name, and the settings of PEFT's that go with it."""
    found = dict(trained)
    for name, value in trained.items():
        if "lora_A" in name:
            found[name] = torch.cat([value, start[name]])
        elif "lora_B" in name:
            found[name] = torch.cat([value, -start[name]], dim=1)
    grown = math.sqrt(2) if config.use_rslora else 2
    return found, {"r": 2 * config.r, "lora_alpha": config.lora_alpha * grown}
