"""Random models whose answers depend strongly on every weight, so that a conversion mistake shows; and random adapters."""

from pathlib import Path
from typing import Any

import torch
from tiny_models import PLAIN_CHATML, SHAPE
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    Gemma2Config,
    Gemma3TextConfig,
    GemmaConfig,
    LlamaConfig,
    MistralConfig,
    Phi3Config,
    Qwen2Config,
    Qwen3Config,
    SmolLM3Config,
)

from brandtune.models.references import STARTER

CONFIGS: dict[str, type[Any]] = {
    "llama": LlamaConfig,
    "mistral": MistralConfig,
    "qwen2": Qwen2Config,
    "qwen3": Qwen3Config,
    "smollm3": SmolLM3Config,
    "phi3": Phi3Config,
    "gemma": GemmaConfig,
    "gemma2": Gemma2Config,
    "gemma3_text": Gemma3TextConfig,
}


def write_sharp_model(folder: Path, *, kind: str = "llama", seed: int = 0, **settings: Any) -> Path:
    """Write a random model with the starter's tokenizer, weights drawn wide, biases and norms away from their start."""
    torch.manual_seed(seed)
    network: Any = AutoModelForCausalLM.from_config(CONFIGS[kind](**(SHAPE | settings)))
    with torch.no_grad():
        for weight in network.parameters():
            if weight.dim() > 1:
                weight.normal_(std=1.5 * weight.shape[-1] ** -0.5)
            else:
                weight.add_(torch.randn_like(weight) * 0.2)
    network.generation_config.eos_token_id = 2
    network.generation_config.pad_token_id = 3
    network.save_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(STARTER)
    tokenizer.chat_template = PLAIN_CHATML
    tokenizer.save_pretrained(folder)
    return folder


def write_adapter(folder: Path, base: Path | str, *, seed: int = 1, spread: float = 0.2, **settings: Any) -> Path:
    """Write a random PEFT adapter that changes every layer of a base strongly."""
    from peft import LoraConfig, get_peft_model

    from brandtune.models import references

    torch.manual_seed(seed)
    resolved = references.resolve(str(base))
    network = AutoModelForCausalLM.from_pretrained(resolved, dtype=torch.float32)
    config = LoraConfig(
        **({"r": 4, "lora_alpha": 8, "target_modules": "all-linear", "task_type": "CAUSAL_LM"} | settings)
    )
    wrapped = get_peft_model(network, config)
    with torch.no_grad():
        for name, weight in wrapped.named_parameters():
            if "lora_B" in name:
                weight.normal_(std=spread)
    wrapped.peft_config["default"].base_model_name_or_path = str(base)
    wrapped.save_pretrained(str(folder), save_embedding_layers=False)
    return folder
