"""Pseudonyms that read naturally, where their originals are kept, and what risk is left in a finished dataset."""

from brandtune.curation.personal.originals import Original, Originals
from brandtune.curation.personal.risk import Rate, ResidualRisk, residual_risk
from brandtune.curation.personal.surrogates import Surrogates, is_surrogate

__all__ = ["Original", "Originals", "Rate", "ResidualRisk", "Surrogates", "is_surrogate", "residual_risk"]
