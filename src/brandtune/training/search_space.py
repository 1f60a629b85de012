"""What a search may try: distributions around the configured settings, and a configuration from what was drawn."""

from dataclasses import dataclass
from typing import Any

from brandtune.core.errors import ConfigError
from brandtune.training.config import TrainingConfig


@dataclass(frozen=True)
class Space:
    """The settings that are searched; what is not named keeps its configured value.

    Attributes:
        rates: Lowest and highest learning rate, drawn on a log scale; None keeps it.
        choices: Values to choose from, by dotted name below `training`.
        configured: The point that stands in the configuration; it is always within the space.
    """

    rates: tuple[float, float] | None
    choices: dict[str, tuple[float, ...]]
    configured: dict[str, float]

    @classmethod
    def around(cls, config: TrainingConfig, *, rate: float) -> "Space":
        """The space that a configuration asks for.

        Args:
            rate: The configured learning rate, or what `auto` makes of this base.

        Raises:
            ConfigError: Batch sizes are searched, and the configured one is not a number.

        >>> space = Space.around(TrainingConfig(), rate=1e-3)
        >>> space.rates, space.choices["epochs"]
        ((0.0001, 0.003), (1.0, 1.5, 2.0, 2.5, 3.0))
        """
        if config.batch_size == "auto" and config.search.batch_sizes:
            raise ConfigError(
                "batch sizes are searched around a number.",
                where="training.search.batch_sizes",
                fix="Set training.batch_size to a number.",
            )
        wanted, adapter = config.search, config.method == "lora"
        low, high = (round(rate * factor, 12) for factor in wanted.learning_rate)
        known: dict[str, tuple[float, tuple[float, ...]]] = {
            "epochs": (config.epochs, _halves(*wanted.epochs)),
            "lora.rank": (config.lora.rank, wanted.ranks if adapter else ()),
            "batch_size": (0 if config.batch_size == "auto" else config.batch_size, wanted.batch_sizes),
            "lora.dropout": (config.lora.dropout, wanted.dropouts if adapter else ()),
        }
        choices = {name: tuple(sorted({*found, value})) for name, (value, found) in known.items() if found}
        choices = {name: found for name, found in choices.items() if len(found) > 1}
        configured = {name: known[name][0] for name in choices}
        if low == high:
            return cls(None, choices, configured)
        return cls((min(low, rate), max(high, rate)), choices, {"learning_rate": rate, **configured})

    def suggest(self, trial: Any) -> dict[str, float]:
        """Let an Optuna trial draw a point; returns settings by dotted name."""
        drawn: dict[str, float] = {}
        if self.rates is not None:
            drawn["learning_rate"] = trial.suggest_float("learning_rate", *self.rates, log=True)
        return drawn | {name: trial.suggest_categorical(name, values) for name, values in self.choices.items()}


def with_settings(config: TrainingConfig, settings: dict[str, float]) -> TrainingConfig:
    """A configuration with settings by dotted name; `lora.alpha` follows `lora.rank` in proportion.

    >>> found = with_settings(TrainingConfig(), {"lora.rank": 8, "learning_rate": 1e-3})
    >>> found.lora.rank, found.lora.alpha, found.learning_rate
    (8, 16.0, 0.001)
    """
    data = {"lora": {}} | config.model_dump(exclude_unset=True)
    for name, value in settings.items():
        part, _, key = name.rpartition(".")
        (data[part] if part else data)[key] = value
    if "lora.rank" in settings:
        data["lora"]["alpha"] = config.lora.alpha * settings["lora.rank"] / config.lora.rank
    return TrainingConfig.model_validate(data)


def _halves(low: float, high: float) -> tuple[float, ...]:
    """From the lower to the higher number in steps of a half; nothing when both are one."""
    if low == high:
        return ()
    return (*(low + 0.5 * step for step in range(int((high - low) / 0.5 + 1e-9) + 1)),)
