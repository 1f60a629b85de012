"""Should you fine-tune at all? From measured arms, costs and records to a recommendation with its reasons.

Read `deciding` for what follows from what, then `costing` for the money.
"""

from brandtune.advice.config import CostConfig, FactsFile

__all__ = ["CostConfig", "FactsFile"]
