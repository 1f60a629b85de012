"""Settings of training, each with what it does."""

from typing import Annotated, Literal

from pydantic import Field

from brandtune.core.config import Config
from brandtune.training.search_config import SearchConfig


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
    rank_stabilized: bool = False
    """Scale by alpha / sqrt(rank) instead, so that high ranks keep learning (rsLoRA, arXiv 2312.03732)."""
    decomposed: bool = False
    """Learn direction and magnitude of the weights apart (DoRA, arXiv 2402.09353); slower."""
    b_rate_ratio: float = Field(default=1.0, ge=1)
    """How many times faster the B matrices learn than the A matrices (LoRA+, arXiv 2402.12354); the paper uses 16."""


class PreferenceConfig(Config):
    """Settings of the objectives that learn from preferences and ratings."""

    beta: float = Field(default=0.1, gt=0)
    """How dear it is to move away from the base (DPO, IPO, KTO), and the weight of ORPO's odds-ratio term."""
    label_smoothing: float = Field(default=0.0, ge=0, lt=0.5)
    """Share of pairs assumed to be the wrong way round (conservative DPO)."""
    simpo_beta: float = Field(default=2.0, gt=0)
    """Scale of SimPO's margin."""
    simpo_gamma: float = Field(default=1.0, ge=0)
    """Margin that SimPO asks for."""
    desirable_weight: float = Field(default=1.0, gt=0)
    """Weight of answers that turned out well (KTO)."""
    undesirable_weight: float = Field(default=1.0, gt=0)
    """Weight of answers that turned out badly (KTO)."""


class OnlineConfig(Config):
    """Settings of the objectives that learn from the model's own answers and a reward (`grpo`, `rloo`)."""

    samples: int = Field(default=8, ge=2)
    """Answers sampled to each prompt."""
    max_new_tokens: int = Field(default=128, ge=1)
    """Longest answer in tokens."""
    updates: int = Field(default=1, ge=1)
    """Optimizer steps on each set of answers."""
    clip: float = Field(default=0.2, gt=0)
    """How far the probability of an answer's token may move within one set of answers before it stops counting."""
    kl: float = Field(default=0.0, ge=0)
    """How dear it is to move away from the model before training."""
    scale_advantages: bool = True
    """Divide advantages by the spread of the rewards of one prompt (GRPO)."""


class TrainingConfig(Config):
    """How the model is trained."""

    method: Literal["lora", "full", "freeze"] = "lora"
    """What is trainable: low-rank adapters, all weights, or the last `trainable_layers` layers."""
    objective: Literal["sft", "dpo", "ipo", "kto", "orpo", "simpo", "grpo", "rloo"] = "sft"
    """The loss: supervised on assistant turns; preferences (`dpo`, `ipo`, `orpo`, `simpo`); rated answers (`kto`); the
    model's own answers and a reward (`grpo`, `rloo`; as a library only)."""
    lora: LoRAConfig = LoRAConfig()
    """Adapter settings."""
    trainable_layers: int = Field(default=2, ge=1)
    """How many of the last layers learn under `method: freeze`."""
    preference: PreferenceConfig = PreferenceConfig()
    """Settings of the preference objectives."""
    online: OnlineConfig = OnlineConfig()
    """Settings of `grpo` and `rloo`."""
    epochs: float = Field(default=2.0, gt=0)
    """Passes over the training examples."""
    learning_rate: Literal["auto"] | Annotated[float, Field(gt=0)] = "auto"
    """Peak of AdamW's rate, before linear decay to a tenth. `auto`: 0.003 × 256 / hidden size, at most 0.003, and a
    thirtieth of that for objectives that start from what the model does already (all but `sft` and `orpo`)."""
    warmup_share: float = Field(default=0.05, ge=0, lt=1)
    """Share of the steps over which the learning rate rises."""
    weight_decay: float = Field(default=0.0, ge=0)
    """AdamW weight decay on adapter matrices."""
    batch_size: int = Field(default=4, ge=1)
    """Conversations per optimizer step."""
    packing: Literal["auto", "none"] = "auto"
    """`auto` puts conversations into one row and computes what they begin with in common once, with the same result;
    `none` pads them, as does `auto` for an architecture that cannot be packed (and says so)."""
    micro_batch_tokens: int = Field(default=4096, ge=1)
    """Tokens computed at once; a batch is cut to fit and its gradients added up, with the same result."""
    max_tokens: int | None = Field(default=None, ge=8)
    """Longest conversation in tokens; longer ones are left out and counted, never cut. None: the base's context."""
    max_grad_norm: float = Field(default=1.0, gt=0)
    """Gradients are scaled down to this norm."""
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    """Precision of the frozen base; adapters, loss and optimizer are fp32."""
    device: str = "auto"
    """`auto`, `cpu` or `cuda`."""
    workers: int = Field(default=1, ge=1)
    """Processes that train together under Ray (extra `ray`), each on its share of every batch; the result is that of one
    process up to the order of sums. Under `torchrun`, its own number counts."""
    least_workers: int | None = Field(default=None, ge=1)
    """Go on with as few as these when a worker is lost and cannot be had again. None: all of them."""
    restarts: int = Field(default=3, ge=0)
    """How often training under Ray goes on from its checkpoint after losing a worker."""
    parallel: Literal["ddp", "fsdp"] = "ddp"
    """What processes that train together hold: `ddp`, each the whole model; `fsdp`, each a part of it, which needs less
    memory and more traffic."""
    search: SearchConfig = SearchConfig()
    """What `brandtune train --search` tries."""
    seed: int = 0
    """Seed of adapter initialisation, data order and dropout."""
    validations: int = Field(default=4, ge=1)
    """How many times validation loss is measured, evenly over the run."""
    checkpoint_every_s: float = Field(default=30.0, gt=0)
    """Seconds between checkpoints from which a killed run goes on."""
    patience: int | None = Field(default=None, ge=1)
    """Stop early after this many validations without a better loss. None trains to the end."""
    track: tuple[Literal["tensorboard", "mlflow", "wandb"], ...] = ()
    """Experiment trackers to write the curve to as well; each must be installed."""
    keep: Literal["best", "last"] = "best"
    """Which weights come out: those with the lowest validation loss, or the last."""
