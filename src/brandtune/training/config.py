"""Settings of training, each with what it does."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from brandtune.core.config import Config
from brandtune.training.rewards.config import AnyReward, ModelReward
from brandtune.training.search_config import SearchConfig

Objective = Literal["sft", "dpo", "ipo", "kto", "orpo", "simpo", "reward", "grpo", "rloo"]
ONLINE = ("grpo", "rloo")
"""Objectives that learn from the model's own answers."""


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
    init: Literal["default", "pissa"] = "default"
    """Where adapters start: `default` at nothing, `pissa` at the main part of each weight, with the base holding the rest
    (PiSSA, arXiv 2404.02948). What comes out fits the base as it was, at twice the rank."""


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
    reward_centering: float = Field(default=0.0, ge=0)
    """How strongly a reward model's scores are held around 0; 0.01 is usual where that matters."""


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
    """How dear it is to move away from the model before training: in the loss of each token (GRPO), or off the reward of
    each answer (RLOO)."""
    scale_advantages: bool = True
    """Divide advantages by the spread of the rewards of one prompt (GRPO)."""


class MixConfig(Config):
    """General data trained on beside one's own, against forgetting."""

    path: Path
    """A .jsonl or .json file of rows in any shape that `bt.train` reads, of the kind that the objective learns from."""
    share: float = Field(default=0.2, gt=0, lt=1)
    """Share of each epoch's items that are general ones."""


class PrivacyConfig(Config):
    """Training whose result hardly depends on any one person (DP-SGD; Abadi et al. 2016, arXiv 1607.00133)."""

    epsilon: float | None = Field(default=None, gt=0)
    """Most privacy that the whole run may spend; the noise follows from it. Give this or `noise_multiplier`."""
    noise_multiplier: float | None = Field(default=None, gt=0)
    """Standard deviation of the noise on the summed gradient, as a multiple of `clip`."""
    delta: float | None = Field(default=None, gt=0, lt=1)
    """Chance that the guarantee does not hold. None: a tenth of one in the number of people."""
    clip: float = Field(default=1.0, gt=0)
    """Largest norm of what one person adds to a gradient."""
    unit: Literal["person", "example"] = "person"
    """Who is protected: a person with all examples about them, or a single example."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "PrivacyConfig":
        if (self.epsilon is None) == (self.noise_multiplier is None):
            raise ValueError("give either epsilon or noise_multiplier")
        return self


class PhaseConfig(Config):
    """A further phase of training, going on from what the one before left; what is not named is as in `training`.

    Nothing is mixed in: `training.mix` belongs to the first phase.
    """

    objective: Objective
    """The loss of this phase."""
    epochs: float = Field(default=1.0, gt=0)
    """Passes over what this phase learns from."""
    learning_rate: Literal["auto"] | Annotated[float, Field(gt=0)] = "auto"
    """Peak of AdamW's rate in this phase; never taken over from `training`, for it depends on the objective."""
    batch_size: Literal["auto"] | Annotated[int, Field(ge=1)] | None = None
    """Conversations per optimizer step. None: as in `training`."""
    validations: int | None = Field(default=None, ge=1)
    """How many times validation loss is measured. None: as in `training`."""
    patience: int | None = Field(default=None, ge=1)
    """Stop early after this many validations without a better loss. None: as in `training`."""
    keep: Literal["best", "last", "last_good"] | None = None
    """Which weights come out. None: as in `training`."""
    preference: PreferenceConfig | None = None
    """Settings of the preference objectives, all of them. None: as in `training`."""
    online: OnlineConfig | None = None
    """Settings of `grpo` and `rloo`, all of them. None: as in `training`."""
    reward: tuple[AnyReward, ...] | None = None
    """What an answer is worth, in this phase. None: as in `training`."""


class TrainingConfig(Config):
    """How the model is trained."""

    method: Literal["lora", "full", "freeze"] = "lora"
    """What is trainable: low-rank adapters, all weights, or the last `trainable_layers` layers."""
    objective: Objective = "sft"
    """The loss: supervised on assistant turns; preferences (`dpo`, `ipo`, `orpo`, `simpo`); rated answers (`kto`); the
    model's own answers and a reward (`grpo`, `rloo`). `reward` trains no writer but a reward model, on preferences."""
    start: str = ""
    """An earlier model on the same base to go on with: its id or alias in the registry, or an adapter's folder."""
    then: tuple[PhaseConfig, ...] = ()
    """Further phases in order, each going on from the one before, e.g. `[{objective: dpo}]` after `objective: sft`."""
    reward: tuple[AnyReward, ...] = ()
    """What an answer is worth to `grpo` and `rloo`: the sum of these parts."""
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
    thirtieth of that for objectives that start from what the model does already (all but `sft` and `orpo`); for those two it
    is multiplied by the root of (loss tokens a step / 450) where that is less than 1; halved where the loss begins to rise."""
    warmup_share: float = Field(default=0.05, ge=0, lt=1)
    """Share of the steps over which the learning rate rises."""
    weight_decay: float = Field(default=0.0, ge=0)
    """AdamW weight decay on adapter matrices."""
    batch_size: Literal["auto"] | Annotated[int, Field(ge=1)] = 4
    """Conversations per optimizer step. `auto`: as many as are computed at once, at most 32, and few enough that an
    epoch has 25 steps."""
    packing: Literal["auto", "none"] = "auto"
    """`auto` puts conversations into one row and computes what they begin with in common once, with the same result;
    `none` pads them, as does `auto` for an architecture that cannot be packed (and says so)."""
    micro_batch_tokens: Literal["auto"] | Annotated[int, Field(ge=1)] = 4096
    """Tokens computed at once; a batch is cut to fit and its gradients added up, with the same result. `auto`: what
    fits into the free memory, at most 8192 on a CPU and 65536 on an accelerator."""
    recompute: Literal["auto", "never", "always"] = "auto"
    """Selective checkpointing: layers that keep only their input and are computed again on the way back, with the same
    result and a third more work. `auto`: as many as the free memory asks for, which is none where it suffices."""
    max_tokens: int | None = Field(default=None, ge=8)
    """Longest conversation in tokens; longer ones are left out and counted, never cut. None: the base's context."""
    max_grad_norm: float = Field(default=1.0, gt=0)
    """Gradients are scaled down to this norm."""
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    """Precision of the frozen base; adapters, loss and optimizer are fp32."""
    base_precision: Literal["auto", "int8", "nf4"] = "auto"
    """How the frozen linear layers are held under `method: lora`: as `precision` says, in 8 bits, or in 4 (QLoRA, arXiv
    2305.14314). Less memory, somewhat slower; the adapter is used on the whole base afterwards."""
    mix: MixConfig | None = None
    """General data mixed in, so that the model does not forget what it could do."""
    privacy: PrivacyConfig | None = None
    """Differential privacy, for `sft`; needs the extra `privacy`."""
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
    """Seed of adapter initialisation, data order and dropout; never of the noise under `privacy`."""
    validations: int = Field(default=4, ge=1)
    """How many times validation loss is measured, evenly over the run."""
    checkpoint_every_s: float = Field(default=30.0, gt=0)
    """Seconds between checkpoints from which a killed run goes on."""
    patience: int | None = Field(default=None, ge=1)
    """Stop early after this many validations without a better loss. None trains to the end."""
    track: tuple[Literal["tensorboard", "mlflow", "wandb"], ...] = ()
    """Experiment trackers to write the curve to as well; each must be installed."""
    keep: Literal["best", "last", "last_good"] = "best"
    """Which weights come out: those with the lowest validation loss, or the last. A run whose loss runs away is an error
    that leaves its best weights beside the checkpoint; under `last_good` it ends with them instead, and says so."""

    @property
    def phases(self) -> "tuple[TrainingConfig, ...]":
        """The settings of each phase in order; a single one where nothing follows."""
        first = self.model_copy(update={"then": ()})
        named = [{name: value for name, value in phase if value is not None} for phase in self.then]
        later = (first.model_copy(update={"start": "", "mix": None, **settings}) for settings in named)
        return (first, *later)

    @model_validator(mode="after")
    def _rewarded(self) -> "TrainingConfig":
        """Phases with a reward need one, from a reward model that exists by then; a reward that nobody uses is a mistake."""
        models = 0
        for phase in self.phases if self.then else (self,):
            models += phase.objective == "reward"
            unnamed = any(isinstance(part, ModelReward) and part.path is None for part in phase.reward)
            if phase.objective in ONLINE and unnamed and not models:
                raise ValueError(
                    "reward kind `model` needs the path of a reward model, or an earlier phase with objective: reward"
                )
        if self.reward and not any(phase.objective in ONLINE for phase in self.phases):
            raise ValueError("reward is given, but no phase has an objective that uses it (`grpo`, `rloo`)")
        return self

    @model_validator(mode="after")
    def _possible(self) -> "TrainingConfig":
        online = self.objective in ONLINE
        if self.base_precision != "auto" and self.method != "lora":
            raise ValueError(f"base_precision {self.base_precision} holds frozen weights; it needs method lora")
        if self.mix and online:
            raise ValueError(f"mix is for objectives that learn from given answers, not for {self.objective}")
        if self.privacy and self.objective != "sft":
            raise ValueError(f"privacy is there for the objective sft only, not for {self.objective}")
        if self.privacy and self.then:
            raise ValueError("privacy is kept for one phase only; what follows in `then` would undo it")
        if self.privacy and self.mix:
            raise ValueError("privacy and mix cannot be used together yet; remove one")
        return self

    @property
    def loading_device(self) -> str:
        """Where the base is loaded: a quantized one gets to the device only when it is small."""
        return self.device if self.base_precision == "auto" else "cpu"

    def located(self, directory: Path) -> "TrainingConfig":
        """The same with paths read from a folder."""
        if self.mix is None:
            return self
        return self.model_copy(update={"mix": self.mix.model_copy(update={"path": directory / self.mix.path})})
