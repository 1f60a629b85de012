"""Would more data help? A power law through the losses after training on parts of the data (Hestness 2017, 1712.00409).

The interval comes from resampling held-out customers; it does not hold what another seed of training would change.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from brandtune.advice.results import Curve, Range
from brandtune.core.errors import DataError
from brandtune.core.records import Struct
from brandtune.evaluation.statistics import cluster_sums

Values = NDArray[np.float64]
DRAWS = 2000
# A fall of the loss by less than this is hardly seen in texts.
WORTH_SEEING = 0.02


class CurvePart(Struct, frozen=True, kw_only=True):
    """What training on one part of the data left: nats and tokens of each held-out example.

    Attributes:
        share: Of the training examples, 0 to 1.
    """

    share: float
    num_examples: int
    nats: tuple[float, ...]
    tokens: tuple[int, ...]
    customers: tuple[str, ...]

    @property
    def loss(self) -> float:
        return sum(self.nats) / sum(self.tokens)


def fit(parts: Sequence[CurvePart], *, seed: int = 0) -> Curve:
    """Fit loss = a * n^-b and say what twice the data would bring.

    Raises:
        DataError: Fewer than two sizes, or other held-out examples in one of them.
    """
    ordered = sorted(parts, key=lambda part: part.num_examples)
    sizes = np.array([part.num_examples for part in ordered], dtype=np.float64)
    if len(set(sizes)) < 2 or min(sizes) < 1:
        raise DataError(
            "a learning curve needs trainings on at least two amounts of data.",
            where="advise --learning-curve",
            fix="There are too few training examples to take a part of.",
        )
    if len({part.customers for part in ordered}) > 1:
        raise DataError("the parts were measured on different held-out examples.", where="advise --learning-curve")
    losses = np.array([[part.loss for part in ordered]])
    exponent = float(_exponents(sizes, losses)[0])
    exponents = _exponents(sizes, _resampled(ordered, seed=seed))
    falls = 1 - 2.0**-exponents
    fall = Range(value=1 - 2.0**-exponent, low=_quantile(falls, 0.025), high=_quantile(falls, 0.975))
    helps = (fall.low or 0.0) > 0 and (fall.value or 0.0) >= WORTH_SEEING
    return Curve(
        points=tuple((part.num_examples, part.loss) for part in ordered),
        exponent=Range(value=exponent, low=_quantile(exponents, 0.025), high=_quantile(exponents, 0.975)),
        fall=fall,
        sentence=_sentence(fall, helps=helps),
        helps=helps,
    )


def _exponents(sizes: Values, losses: Values) -> Values:
    """b of each row of losses [draws, sizes], by least squares in logarithms."""
    x = np.log(sizes) - np.log(sizes).mean()
    found: Values = -(np.log(losses) @ x) / float(x @ x)
    return found


def _resampled(parts: Sequence[CurvePart], *, seed: int) -> Values:
    """Losses [draws, sizes] with held-out customers drawn anew, the same ones for every size."""
    rng = np.random.default_rng(seed)
    customers = parts[0].customers
    index = rng.integers(0, len(set(customers)), size=(DRAWS, len(set(customers))))
    columns = []
    for part in parts:
        nats, _ = cluster_sums(np.array(part.nats), customers)
        tokens, _ = cluster_sums(np.array(part.tokens, dtype=np.float64), customers)
        columns.append(nats[index].sum(axis=1) / tokens[index].sum(axis=1))
    return np.stack(columns, axis=1)


def _quantile(values: Values, at: float) -> float:
    return float(np.quantile(values, at))


def _sentence(fall: Range, *, helps: bool) -> str:
    assert fall.value is not None and fall.low is not None and fall.high is not None
    told = f"{fall.value * 100:.1f} % ({fall.low * 100:.1f} to {fall.high * 100:.1f} %)"
    if helps:
        return f"More data would help: twice as much would lower held-out loss by about {told}."
    if fall.high >= WORTH_SEEING and not math.isclose(fall.high, fall.low):
        return f"It is open whether more data would help: twice as much would change held-out loss by {told}."
    return f"More data would hardly help: twice as much would lower held-out loss by {told}."
