"""Whether an export holds what tuning changed. `parity` tells how far it is from the tuned model; that alone does not tell:

a base that was hardly tuned lies as near to its tuned model as a good 4-bit copy does.
"""

from dataclasses import dataclass

import msgspec
import torch

from brandtune.core.errors import GateFailed
from brandtune.models.export.parity import Parity, compare

# Half way between untuned and tuned an export is as near to one as to the other; as far again beyond, as wrong.
LEAST, MOST = 0.5, 1.5
# Of what separates the export from the tuned model, tuning must have changed at least this share to be seen beside it.
# 4-bit copies of random and bundled models kept 0.63 to 1.11 at a hundredth to a fiftieth, and anything at less.
SEEN = 0.02
# Nats a token below which two fp32 computations are the same.
NOTHING = 1e-7


@dataclass(frozen=True)
class Tuning:
    """What tuning changed: log-probabilities [positions, outcomes] of the tuned and of the untuned model."""

    tuned: torch.Tensor
    untuned: torch.Tensor

    @property
    def divergence(self) -> float:
        """Of the untuned model from the tuned one, in nats a token."""
        return compare(self.tuned, self.untuned, against="the untuned base").divergence

    def kept(self, exported: torch.Tensor, *, without: torch.Tensor) -> float:
        """How much of the step from untuned to tuned an export makes: 1 all of it, 0 none.

        Least squares, each outcome weighted by its probability; what rounding adds in other directions does not count.

        Args:
            without: The untuned base rounded as the export is, so that what rounding does to both cancels.
        """
        shares = self.tuned.exp()
        step, made = (
            torch.where(shares > 0, after - before, 0.0)
            for after, before in ((self.tuned, self.untuned), (exported, without))
        )
        return float((shares * step * made).sum() / (shares * step * step).sum())


def require_kept(
    found: Parity, tuning: Tuning, *, exported: torch.Tensor, without: torch.Tensor
) -> tuple[Parity, list[str]]:
    """The comparison with what is kept of the tuning, and what to mind about that.

    Args:
        found: The export compared with the tuned model.

    Raises:
        GateFailed: The export is not clearly nearer to the tuned model than to the untuned base.
    """
    changed = tuning.divergence
    if not changed >= max(NOTHING, SEEN * found.divergence):
        return found, [
            f"Tuning changed the base by {changed:.2g} nats a token, too little beside {found.divergence:.2g} between "
            f"the tuned model and {found.against} to see whether the change is in the export."
        ]
    kept = tuning.kept(exported, without=without)
    if not LEAST <= kept <= MOST:  # NaN is not good
        raise GateFailed(
            f"{found.against} lost what tuning changed: it goes {kept:.0%} of the way from the untuned base to the tuned "
            f"model ({LEAST:.0%} to {MOST:.0%} allowed).",
            where="export",
            fix="Nothing was written. Take a wider number format; if this is one, the conversion is wrong: report it.",
        )
    return msgspec.structs.replace(found, kept=kept), _costs(found, changed)


def _costs(found: Parity, changed: float) -> list[str]:
    if found.divergence <= changed:
        return []
    return [
        f"Rounding moved {found.against} further from the tuned model ({found.divergence:.2g} nats a token) than tuning "
        f"had moved the base ({changed:.2g}). A wider number format costs less."
    ]
