"""Tensors that are divided among processes (DTensor), in one piece and back. `sharded` divides the model."""

from typing import Any

import torch
from torch.distributed.fsdp import FSDPModule
from torch.distributed.tensor import DTensor, distribute_tensor


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
    """Give every process the whole model again, on the CPU, and its modules their own classes, so that it can be saved."""
    for module in network.modules():
        for name, parameter in module.named_parameters(recurse=False):
            if isinstance(parameter, DTensor):
                held = torch.nn.Parameter(whole(parameter).cpu(), requires_grad=parameter.requires_grad)
                module.register_parameter(name, held)
    for module in network.modules():
        hooks = module._state_dict_pre_hooks
        for key in [key for key, hook in hooks.items() if hook.__module__.startswith("torch.distributed.fsdp")]:
            del hooks[key]  # it would put the divided weights back
        if isinstance(module, FSDPModule):
            module.__class__ = type(module).__bases__[1]  # it had been put in front of the module's own class
            vars(module).pop("forward", None)
