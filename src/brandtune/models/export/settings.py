"""What can be exported, and how far an export may differ; apart from the code that needs torch, so that help is quick."""

from typing import Literal

from brandtune.core.config import Config

Format = Literal["peft", "safetensors", "gguf", "gguf-adapter", "ollama", "vllm"]
Quantization = Literal["f16", "q8_0", "q4_0"]
Numbers = Literal["auto", "bf16", "fp16", "fp32"]

GGUF: tuple[Format, ...] = ("gguf", "gguf-adapter", "ollama")
"""Formats that hold GGUF files."""


class ParityLimits(Config):
    """How far an export's next-token distributions may be from the trained model's; beyond, nothing is exported."""

    divergence: float
    """Mean Kullback-Leibler divergence in nats per token."""
    difference: float
    """Largest difference of log-probabilities among the likely tokens, as a share of the largest log-probability."""
    agreement: float
    """Share of positions at which the likeliest token is the same; ties within rounding count as the same."""


LIMITS: dict[str, ParityLimits] = {
    "fp32": ParityLimits(divergence=1e-6, difference=1e-3, agreement=1.0),
    "fp16": ParityLimits(divergence=1e-4, difference=0.03, agreement=0.99),
    "f16": ParityLimits(divergence=1e-4, difference=0.03, agreement=0.99),
    "bf16": ParityLimits(divergence=1e-2, difference=0.25, agreement=0.95),
    "q8_0": ParityLimits(divergence=1e-2, difference=0.5, agreement=0.95),
    "q4_0": ParityLimits(divergence=0.5, difference=2.0, agreement=0.6),
}
"""By number format. Exact but for rounding for the first three; a 4-bit file of a small model is a lossy copy."""

_ROUNDED = ParityLimits(divergence=3e-3, difference=0.25, agreement=0.95)
ENGINE_LIMITS: dict[str, ParityLimits] = {"f16": LIMITS["f16"], "q8_0": _ROUNDED, "q4_0": _ROUNDED}
"""How far llama.cpp may be from torch with the very numbers of the file, by number format: what it rounds while it computes.

Where weights are quantized, llama.cpp rounds what it multiplies them with to 8 bits, in blocks of 32, for `q8_0` and `q4_0`
alike. Measured on the bundled base and its seed, with and without adapters, and on random models whose every weight matters:
divergence 0.0002 to 0.0006, difference 0.02 to 0.08, agreement from 98.7 %. With `f16`: 0.000003, 0.008 and 100 %.
"""
