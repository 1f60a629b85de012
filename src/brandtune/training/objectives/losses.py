"""The losses themselves: pure functions of log-probabilities, each with its source and checked against TRL's.

Shapes: N pairs or answers. `chosen` and `rejected` are sums of a reply's token log-probabilities in nats, `*_mean` their
means over the reply's tokens, `ref_*` the same under the reference (the model before training).
"""

import torch
from torch.nn.functional import logsigmoid


def dpo(
    chosen: torch.Tensor, rejected: torch.Tensor, ref_chosen: torch.Tensor, ref_rejected: torch.Tensor, *,
    beta: float, label_smoothing: float = 0.0,
) -> torch.Tensor:  # fmt: skip
    """Direct preference optimisation, [N] (Rafailov et al. 2023, arXiv 2305.18290); smoothed: Mitchell 2023 (cDPO)."""
    margin = beta * ((chosen - ref_chosen) - (rejected - ref_rejected))
    return -logsigmoid(margin) * (1 - label_smoothing) - logsigmoid(-margin) * label_smoothing


def ipo(
    chosen_mean: torch.Tensor, rejected_mean: torch.Tensor, ref_chosen_mean: torch.Tensor,
    ref_rejected_mean: torch.Tensor, *, beta: float,
) -> torch.Tensor:  # fmt: skip
    """Identity preference optimisation on means over tokens, [N] (Azar et al. 2023, arXiv 2310.12036, eq. 17)."""
    return ((chosen_mean - ref_chosen_mean) - (rejected_mean - ref_rejected_mean) - 1 / (2 * beta)) ** 2


def simpo(chosen_mean: torch.Tensor, rejected_mean: torch.Tensor, *, beta: float, gamma: float) -> torch.Tensor:
    """Simple preference optimisation, without a reference, [N] (Meng et al. 2024, arXiv 2405.14734, eq. 6)."""
    return -logsigmoid(beta * (chosen_mean - rejected_mean) - gamma)


def orpo(chosen_mean: torch.Tensor, rejected_mean: torch.Tensor, *, beta: float) -> torch.Tensor:
    """Odds-ratio term, [N]; the chosen reply's cross-entropy is added to it (Hong et al. 2024, arXiv 2403.07691)."""
    log_odds = (chosen_mean - rejected_mean) - (_log1mexp(chosen_mean) - _log1mexp(rejected_mean))
    return -beta * logsigmoid(log_odds)


def kto(
    log_probs: torch.Tensor, reference: torch.Tensor, good: torch.Tensor, divergence: torch.Tensor, *, beta: float,
    desirable_weight: float = 1.0, undesirable_weight: float = 1.0,
) -> torch.Tensor:  # fmt: skip
    """Kahneman-Tversky optimisation, [N] (Ethayarajh et al. 2024, arXiv 2402.01306, eq. 7).

    Args:
        good: Which answers turned out well, [N] bool.
        divergence: Estimate of the divergence from the reference, not below 0, one number without gradient.
    """
    ratio = log_probs - reference
    gains = desirable_weight * (1 - torch.sigmoid(beta * (ratio - divergence)))
    pains = undesirable_weight * (1 - torch.sigmoid(beta * (divergence - ratio)))
    return torch.where(good, gains, pains)


def bradley_terry(chosen: torch.Tensor, rejected: torch.Tensor, *, centering: float = 0.0) -> torch.Tensor:
    """Loss of a reward model's scores, [N] (Bradley, Terry 1952); `centering` keeps their mean near 0 (arXiv 2312.09244)."""
    return -logsigmoid(chosen - rejected) + centering * (chosen + rejected) ** 2


def group_advantages(rewards: torch.Tensor, *, scaled: bool = True) -> torch.Tensor:
    """How much better each answer did than its siblings, [prompts, samples] (GRPO; Shao et al. 2024, arXiv 2402.03300)."""
    centred = rewards - rewards.mean(dim=1, keepdim=True)
    return centred / (rewards.std(dim=1, keepdim=True) + 1e-4) if scaled else centred


def leave_one_out_advantages(rewards: torch.Tensor) -> torch.Tensor:
    """Each reward less the mean of its siblings', [prompts, samples] (RLOO; Ahmadian et al. 2024, arXiv 2402.14740)."""
    others = (rewards.sum(dim=1, keepdim=True) - rewards) / (rewards.shape[1] - 1)
    return rewards - others


def clipped(log_ratio: torch.Tensor, advantages: torch.Tensor, *, epsilon: float) -> torch.Tensor:
    """PPO's clipped surrogate, negated, elementwise (Schulman et al. 2017, arXiv 1707.06347)."""
    ratio = log_ratio.exp()
    return -torch.minimum(ratio * advantages, ratio.clamp(1 - epsilon, 1 + epsilon) * advantages)


def divergence_of(log_probs: torch.Tensor, reference: torch.Tensor, *, log_ratio: torch.Tensor) -> torch.Tensor:
    """Estimate of the divergence from the reference at each token, never negative (Schulman 2020's k3).

    Times the ratio to what the token was sampled from, also where that is 1: only then its gradient is without bias
    (DeepSeek-V3.2, arXiv 2512.02556).
    """
    difference = reference - log_probs
    return log_ratio.exp() * (difference.exp() - difference - 1)


def _log1mexp(values: torch.Tensor) -> torch.Tensor:
    """log(1 - exp(values)) for values below 0, exact at both ends (Mächler 2012); at 0 as if just below it."""
    values = values.clamp(max=-1e-7)
    near = values > -0.6931472
    return torch.where(
        near,
        torch.log(-torch.expm1(torch.where(near, values, -1.0))),
        torch.log1p(-torch.exp(torch.where(near, -1.0, values))),
    )
