"""How fast a run goes: tokens a second for its events, and early on a forecast of how long it will take."""

from dataclasses import dataclass, field

FORECAST_AFTER = 6
"""Steps after which the forecast is made; the first is left out, since kernels are prepared in it."""

MEASURED_ANEW = frozenset({"seconds", "tokens_per_s", "peak_memory"})
"""Numbers of a logged point that differ from run to run of the same thing."""


@dataclass
class Meter:
    """Adds up what steps took.

    Attributes:
        validation_s: Seconds that one validation took.
    """

    validation_s: float = 0.0
    _seconds: float = 0.0
    _tokens: int = 0
    _steps: list[tuple[float, int]] = field(default_factory=list)

    def step(self, seconds: float, *, tokens: int, size: int) -> None:
        """A step that trained on `tokens` tokens, of a batch of `size` tokens as the data has it."""
        self._seconds += seconds
        self._tokens += tokens
        if len(self._steps) < FORECAST_AFTER:
            self._steps.append((seconds, size))

    def tokens_per_s(self) -> float:
        """Since this was last asked; 0 before the first step."""
        found = self._tokens / self._seconds if self._seconds else 0.0
        self._seconds, self._tokens = 0.0, 0
        return found

    def forecast(self, *, size: float, validations: int) -> float:
        """Seconds that a run over `size` tokens takes in all; 0 until `FORECAST_AFTER` steps were made.

        >>> meter = Meter(validation_s=3.0)
        >>> for seconds in (9.0, 1.0, 1.0, 1.0, 1.0, 1.0):
        ...     meter.step(seconds, tokens=50, size=50)
        >>> meter.forecast(size=1000, validations=2)
        26.0
        """
        if len(self._steps) < FORECAST_AFTER:
            return 0.0
        seconds = sum(seconds for seconds, _ in self._steps[1:])
        tokens = sum(size for _, size in self._steps[1:])
        return seconds / tokens * size + self.validation_s * validations
