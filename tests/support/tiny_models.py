"""Random models of several architectures in Hugging Face layout, with the starter's tokenizer: small enough for a test."""

from pathlib import Path

import torch
from transformers import AutoTokenizer, LlamaConfig, MistralConfig, Qwen2Config

from brandtune.models.references import STARTER

SHAPE = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 8192,
    "max_position_embeddings": 512,
    "eos_token_id": 2,
    "bos_token_id": None,
    "pad_token_id": 3,
}
CONFIGS = {"llama": LlamaConfig, "qwen2": Qwen2Config, "mistral": MistralConfig}


def write_tiny_model(
    folder: Path, *, kind: str = "llama", tied: bool = False, template: str | None = None, shard_size: str = "1GB"
) -> Path:
    """Write a random model and the starter's tokenizer into `folder`, as the hub lays models out."""
    from transformers import AutoModelForCausalLM

    torch.manual_seed(0)
    config = CONFIGS[kind](**SHAPE, tie_word_embeddings=tied)
    model = AutoModelForCausalLM.from_config(config)
    model.generation_config.eos_token_id = 2
    model.generation_config.pad_token_id = 3
    model.save_pretrained(folder, max_shard_size=shard_size)
    tokenizer = AutoTokenizer.from_pretrained(STARTER)
    if template is not None:
        tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    return folder


PLAIN_CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] | trim }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
