"""What is trainable: low-rank adapters in PEFT's format, on a frozen base."""

from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig as PeftLoraConfig
from peft import PeftModel, get_peft_model

from brandtune.core.errors import ConfigError
from brandtune.models.loading import Model
from brandtune.training.config import LoRAConfig


def add_adapter(model: Model, config: LoRAConfig, *, seed: int) -> PeftModel:
    """Wrap the base with a fresh adapter in the base's precision (random A, zero B: it starts equal to the base).

    Raises:
        ConfigError: `target_modules` names no layer of this base.
    """
    torch.manual_seed(seed)
    modules = config.target_modules
    peft_config = PeftLoraConfig(
        r=config.rank,
        lora_alpha=config.alpha,  # type: ignore[arg-type]  # PEFT divides by the rank; any number works
        lora_dropout=config.dropout,
        target_modules=modules if isinstance(modules, str) else list(modules),
        task_type="CAUSAL_LM",
    )
    try:
        wrapped: PeftModel = get_peft_model(model.network, peft_config, autocast_adapter_dtype=False)
        return wrapped
    except ValueError as error:
        layers = sorted({name.rsplit(".", 1)[-1] for name, _ in model.network.named_modules() if name})
        raise ConfigError(
            f"no layer matches ({error}).",
            where="training.lora.target_modules",
            fix=f"Choose `all-linear` or some of: {', '.join(layers)}.",
        ) from None


def trainable(network: PeftModel) -> list[torch.nn.Parameter]:
    return [parameter for parameter in network.parameters() if parameter.requires_grad]


class MasterWeights:
    """fp32 copies of the adapter that the optimizer works on, while the products run in the base's precision.

    Updates smaller than bf16 can hold add up here instead of being rounded away (Micikevicius et al. 2018,
    arXiv 1710.03740).
    """

    def __init__(self, network: PeftModel) -> None:
        self.network = network
        self.used = {name: p for name, p in network.named_parameters() if p.requires_grad}
        self.masters = {name: p.detach().float().clone().requires_grad_() for name, p in self.used.items()}

    def parameters(self) -> list[torch.Tensor]:
        return list(self.masters.values())

    def take_gradients(self) -> None:
        """Move the gradients that the last backward passes left to the fp32 copies."""
        for name, parameter in self.used.items():
            self.masters[name].grad = None if parameter.grad is None else parameter.grad.float()
            parameter.grad = None

    @torch.no_grad()
    def write_back(self) -> None:
        """Round the fp32 copies into the network."""
        for name, parameter in self.used.items():
            parameter.copy_(self.masters[name])

    def state(self) -> dict[str, torch.Tensor]:
        """A copy of the adapter in fp32 on the CPU, by parameter name."""
        return {name: master.detach().cpu().clone() for name, master in self.masters.items()}

    @torch.no_grad()
    def restore(self, state: dict[str, torch.Tensor]) -> None:
        """Take over a copy made by `state`."""
        for name, master in self.masters.items():
            master.copy_(state[name])
        self.write_back()

    def save(self, folder: Path, *, base: str) -> None:
        """Write the fp32 adapter as a folder that `peft` and all that reads its format can load.

        The network itself holds fp32 adapters afterwards and is done with training.
        """
        for name, parameter in self.used.items():
            parameter.data = self.masters[name].detach().clone()
        config: Any = self.network.peft_config["default"]
        config.base_model_name_or_path = base
        self.network.save_pretrained(str(folder), save_embedding_layers=False)
