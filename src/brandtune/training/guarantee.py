"""What differential privacy guarantees of a run; written with it. `privacy` keeps the promise."""

from typing import Literal

from brandtune.core.records import Struct


class Guarantee(Struct, frozen=True, kw_only=True):
    """(epsilon, delta)-differential privacy of the trained weights under adding or removing one unit.

    Attributes:
        unit: Who is protected: a person with all examples about them, or a single example.
        num_units: How many there are.
        sample_rate: Chance of each to be drawn in a step.
        noise_multiplier: Standard deviation of the noise, as a multiple of `clip`.
        clip: Largest norm of what one unit adds to a gradient.
        steps: Steps that were accounted for.
    """

    epsilon: float
    delta: float
    unit: Literal["person", "example"]
    num_units: int
    sample_rate: float
    noise_multiplier: float
    clip: float
    steps: int

    def said(self) -> str:
        """One phrase for people.

        >>> Guarantee(epsilon=3.014, delta=1e-5, unit="person", num_units=9, sample_rate=0.1, noise_multiplier=1.0,
        ...           clip=1.0, steps=5).said()
        'differentially private for each person (epsilon 3.01, delta 1e-05)'
        """
        return f"differentially private for each {self.unit} (epsilon {self.epsilon:.3g}, delta {self.delta:.3g})"
