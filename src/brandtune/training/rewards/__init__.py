"""What an answer is worth, for learning from the model's own answers. `config` says which parts there are, `parts`
computes them, `reward_model` is the one that was itself trained, on preferences."""

from brandtune.training.rewards.config import AnyReward

__all__ = ["AnyReward"]
