"""What the model is trained towards. `items` says what is learnt from, `losses` holds the formulas, the rest apply them."""

from brandtune.training.objectives.items import Item
from brandtune.training.objectives.objective import Objective, Part, Total, objective_of

__all__ = ["Item", "Objective", "Part", "Total", "objective_of"]
