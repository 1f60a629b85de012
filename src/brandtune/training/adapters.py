"""What is trainable: low-rank adapters in PEFT's format, on a frozen base."""

from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig as PeftLoraConfig
from peft import PeftModel, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict

from brandtune.core.errors import ConfigError
from brandtune.models.loading import Model
from brandtune.training.config import LoRAConfig


def add_adapter(model: Model, config: LoRAConfig, *, seed: int) -> PeftModel:
    """Wrap the base with a fresh adapter (fp32, random A, zero B: the wrapped model starts equal to the base).

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
        wrapped: PeftModel = get_peft_model(model.network, peft_config)
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


def adapter_state(network: PeftModel) -> dict[str, torch.Tensor]:
    """A copy of the adapter's weights on the CPU."""
    state = get_peft_model_state_dict(network)
    return {name: tensor.detach().cpu().clone() for name, tensor in state.items()}


def restore_adapter(network: PeftModel, state: dict[str, torch.Tensor]) -> None:
    set_peft_model_state_dict(network, state)


def save_adapter(network: PeftModel, folder: Path, *, base: str) -> None:
    """Write a folder that `peft` and everything that reads its format can load; `base` is recorded as its origin."""
    config: Any = network.peft_config["default"]
    config.base_model_name_or_path = base
    network.save_pretrained(str(folder), save_embedding_layers=False)
