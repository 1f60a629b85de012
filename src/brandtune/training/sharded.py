"""Each process holds a part of the model (FSDP2): weights, gradients and optimizer state are divided among them.

A layer's weights are gathered when it computes and let go of afterwards (Zhao et al. 2023, arXiv 2304.11277; ZeRO-3,
arXiv 1910.02054). Checkpoints hold whole tensors, so that any number of processes, also one, goes on from them.
"""

import torch
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard

from brandtune.training.forward import Computation, Forward, base_of
from brandtune.training.methods import decoder_layers


def shard(forward: Forward) -> None:
    """Divide the network among the processes, layer by layer; `forward` then computes through it.

    Gradients are summed, not averaged: each process computes its share of one loss. They are summed in fp32.
    """
    model = base_of(forward.network)
    policy = MixedPrecisionPolicy(reduce_dtype=torch.float32)
    for layer in decoder_layers(model):
        fully_shard(layer, mp_policy=policy)
    fully_shard(model, mp_policy=policy)
    for module in model.modules():
        if isinstance(module, FSDPModule):
            module.set_gradient_divide_factor(1.0)
            module.set_force_sum_reduction_for_comms(True)
    # What lies outside of the layers (embeddings, norm, head) is gathered around the model's own call: go through it.
    model.forward = _called
    forward.through = model


def _called(compute: Computation) -> tuple[torch.Tensor, torch.Tensor]:
    log_probs, owners = compute()
    return log_probs.clone(), owners  # a view would not do: what comes out is marked for the way back
