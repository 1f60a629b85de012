"""Settings of training, each with what it does."""

from typing import Annotated, Literal

from pydantic import Field

from brandtune.core.config import Config


class LoRAConfig(Config):
    """Low-rank adapters (Hu et al. 2021, arXiv 2106.09685)."""

    rank: int = Field(default=64, ge=1)
    """Inner dimension of each adapter."""
    alpha: float = Field(default=128.0, gt=0)
    """Adapter output is scaled by alpha / rank."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Dropout on the adapter's input during training."""
    target_modules: Literal["all-linear"] | tuple[str, ...] = "all-linear"
    """Which linear layers get an adapter; `all-linear` takes all but the output head."""


class TrainingConfig(Config):
    """How the model is trained."""

    method: Literal["lora"] = "lora"
    """What is trainable."""
    objective: Literal["sft"] = "sft"
    """The loss: supervised fine-tuning on assistant turns."""
    lora: LoRAConfig = LoRAConfig()
    """Adapter settings."""
    epochs: float = Field(default=2.0, gt=0)
    """Passes over the training examples."""
    learning_rate: Literal["auto"] | Annotated[float, Field(gt=0)] = "auto"
    """Peak of AdamW's rate, before linear decay to a tenth. `auto`: 0.003 × 256 / hidden size, at most 0.003."""
    warmup_share: float = Field(default=0.05, ge=0, lt=1)
    """Share of the steps over which the learning rate rises."""
    weight_decay: float = Field(default=0.0, ge=0)
    """AdamW weight decay on adapter matrices."""
    batch_size: int = Field(default=4, ge=1)
    """Conversations per optimizer step."""
    micro_batch_tokens: int = Field(default=4096, ge=1)
    """Padded tokens computed at once; a batch is cut to fit and its gradients added up, with the same result."""
    max_tokens: int | None = Field(default=None, ge=8)
    """Longest conversation in tokens; longer ones are left out and counted, never cut. None: the base's context."""
    max_grad_norm: float = Field(default=1.0, gt=0)
    """Gradients are scaled down to this norm."""
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    """Precision of the frozen base; adapters, loss and optimizer are fp32."""
    device: str = "auto"
    """`auto`, `cpu` or `cuda`."""
    seed: int = 0
    """Seed of adapter initialisation, data order and dropout."""
    validations: int = Field(default=4, ge=1)
    """How many times validation loss is measured, evenly over the run."""
    checkpoint_every_s: float = Field(default=30.0, gt=0)
    """Seconds between checkpoints from which a killed run goes on."""
    keep: Literal["best", "last"] = "best"
    """Which weights come out: those with the lowest validation loss, or the last."""
