"""What lies between the matrix products: normalisation, rotation of positions, gated activation; there and back.

Shapes: S positions, E hidden size, H heads, D head size, I inner size. Each function makes as few passes over memory
as eager PyTorch allows; on a CPU they cost as much as the products if one is not careful.
"""

import torch


def rms_norm(x: torch.Tensor, weight: torch.Tensor, *, eps: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Root-mean-square normalisation, [S, E] (arXiv 1910.07467), and 1 / rms of each position, [S, 1], fp32."""
    wide = x.float()
    inverse = torch.linalg.vector_norm(wide, dim=-1, keepdim=True).square_().div_(x.shape[-1]).add_(eps).rsqrt_()
    normal = wide * inverse if wide is x else wide.mul_(inverse)
    return normal.to(x.dtype).mul_(weight) if x.dtype != torch.float32 else normal.mul_(weight), inverse


def rms_norm_back(gradient: torch.Tensor, x: torch.Tensor, weight: torch.Tensor, inverse: torch.Tensor) -> torch.Tensor:
    """Gradient of `x`, [S, E] fp32."""
    wide, g = x.float(), gradient.float()
    scaled = g * weight if g is gradient else g.mul_(weight)
    # inverse · (g - x · mean(g · x) · inverse²)
    slope = torch.linalg.vecdot(scaled, wide, dim=-1).unsqueeze_(-1).mul_(inverse.square()).div_(x.shape[-1])
    return scaled.addcmul_(wide, slope, value=-1).mul_(inverse)


def rms_norm_weight_back(gradient: torch.Tensor, x: torch.Tensor, inverse: torch.Tensor) -> torch.Tensor:
    """Gradient of the weight, [E] fp32."""
    return (gradient.float() * x.float() * inverse).sum(dim=0)


def rotate(heads: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, *, back: bool = False) -> None:
    """Rotary positions (arXiv 2104.09864) on `heads` [S, H, D] in place; `back` turns the other way.

    Args:
        cos: [S, 1, D / 2], likewise `sin`.
    """
    half = heads.shape[-1] // 2
    one, other = heads[..., :half], heads[..., half:]
    kept = one * sin
    sign = 1.0 if back else -1.0
    one.mul_(cos).addcmul_(other, sin, value=sign)
    other.mul_(cos)
    if back:
        other.sub_(kept)
    else:
        other.add_(kept)


def gated(gate_up: torch.Tensor) -> torch.Tensor:
    """silu(gate) · up, [S, I], of [S, 2I] (SwiGLU, arXiv 2002.05202)."""
    gate, up = gate_up.chunk(2, dim=-1)
    return torch.nn.functional.silu(gate).mul_(up)


def gated_back(gradient: torch.Tensor, gate_up: torch.Tensor) -> torch.Tensor:
    """Gradient of `gate_up`, [S, 2I]; `gradient` [S, I] is used up."""
    gate, up = gate_up.chunk(2, dim=-1)
    result = torch.empty_like(gate_up)
    d_gate, d_up = result.chunk(2, dim=-1)
    torch.mul(gradient, torch.nn.functional.silu(gate), out=d_up)
    torch.ops.aten.silu_backward.grad_input(gradient.mul_(up), gate, grad_input=d_gate)
    return result
