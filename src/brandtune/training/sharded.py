"""Each process holds a part of the model (FSDP2): weights, gradients and optimizer state are divided among them.

A layer's weights are gathered when it computes and let go of afterwards (Zhao et al. 2023, arXiv 2304.11277; ZeRO-3,
arXiv 1910.02054). Checkpoints hold whole tensors, so that any number of processes, also one, goes on from them.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

from brandtune.training.forward import Forward, base_of
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


def _called(compute: Callable[[], torch.Tensor]) -> torch.Tensor:
    return compute()


def whole(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor in one piece; every process must ask for it."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def whole_state(state: Any) -> Any:
    """The same nested dictionary with whole tensors."""
    if isinstance(state, dict):
        return {key: whole_state(value) for key, value in state.items()}
    return whole(state) if isinstance(state, torch.Tensor) else state


def divided_state(state: dict[str, Any], optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """An optimizer's state in whole tensors, divided as the parameters of this optimizer are."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    divided = {
        index: {
            name: like(value, parameters[index]) if value.shape == parameters[index].shape else value
            for name, value in values.items()
        }
        for index, values in state["state"].items()
    }
    return {**state, "state": divided}


def like(tensor: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """A whole tensor, divided among the processes as another one is."""
    if not isinstance(other, DTensor):
        return tensor
    return distribute_tensor(tensor.to(other.device), other.device_mesh, other.placements, src_data_rank=None)


def join(network: Any) -> None:
    """Give every process the whole model again, on the CPU; nothing can be computed with it afterwards."""
    for module in network.modules():
        for name, parameter in module.named_parameters(recurse=False):
            if isinstance(parameter, DTensor):
                held = torch.nn.Parameter(whole(parameter).cpu(), requires_grad=parameter.requires_grad)
                module.register_parameter(name, held)
