"""The learning rate that nobody has chosen: what `auto` makes of a base, an objective and the size of a step."""

import math
from collections.abc import Sequence
from statistics import fmean

from brandtune.models.loading import Model
from brandtune.training.config import TrainingConfig
from brandtune.training.objectives import Item

# Adapters on the bundled base (hidden size 256) learn fastest near this rate; wider layers need smaller ones.
RATE_AT_256, LARGEST_RATE = 3e-3, 3e-3
# Objectives that start from what the model does already leave it at the rate of supervised tuning: on the sample company's
# pairs, DPO's held-out loss rose at the full rate, and fell furthest at a thirtieth of it.
GENTLE, GENTLE_SHARE = frozenset({"dpo", "ipo", "simpo", "kto", "grpo", "rloo"}), 1 / 30
# Tokens with loss of a step at which the rate above was found: four replies of the sample company.
TOKENS_AT_RATE = 450
# Objectives whose loss is a mean over tokens.
OVER_TOKENS = frozenset({"sft", "orpo"})


def peak_learning_rate(config: TrainingConfig, model: Model) -> float:
    """The configured rate, or one that falls with the width of the base as in muP (Yang et al. 2022, arXiv 2203.03466)."""
    if config.learning_rate != "auto":
        return config.learning_rate
    hidden = int(model.network.config.get_text_config().hidden_size)
    share = GENTLE_SHARE if config.objective in GENTLE else 1.0
    return share * min(LARGEST_RATE, RATE_AT_256 * 256 / hidden)


def noise_share(config: TrainingConfig, items: Sequence[Item], *, batch_size: int) -> float:
    """What share of the automatic rate is left where a step's loss is a mean over few tokens; 1 for a rate that is chosen.

    Its gradient is noisier, and Adam's steps then have to be shorter by the root of the ratio (Malladi et al. 2022, arXiv
    2205.10287). With differential privacy lengths of examples may not tell the run what to do.

    >>> noise_share(TrainingConfig(learning_rate=1e-3), [], batch_size=4)
    1.0
    """
    chosen = config.learning_rate != "auto"
    if chosen or config.objective not in OVER_TOKENS or config.privacy is not None or not items:
        return 1.0
    tokens = batch_size * fmean(item.num_loss_tokens for item in items)
    return min(1.0, math.sqrt(tokens / TOKENS_AT_RATE))
