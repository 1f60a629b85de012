"""Settings of the prompt optimiser."""

from typing import Literal

from pydantic import Field

from brandtune.core.config import Config


class PromptOptimizerConfig(Config):
    """Who proposes further instructions for the prompted arm. Validation chooses among them as among the others."""

    kind: Literal["dspy"] = "dspy"
    """`dspy` searches with DSPy's COPRO (`pip install "brandtune[dspy]"`)."""
    proposer: str = ""
    """Name of one of `evaluation.endpoints` that writes the proposals. Empty: the base model itself, which must be large
    enough to write instructions. The proposer sees instructions and their scores, no customer's text."""
    breadth: int = Field(default=4, ge=2)
    """Instructions in each round."""
    depth: int = Field(default=2, ge=1)
    """Rounds; from the second on the proposer sees how the earlier ones did."""
    examples: int = Field(default=12, ge=1)
    """Training examples of each task on which the search scores instructions."""
    keep: int = Field(default=2, ge=1)
    """Best proposals that validation chooses among, beside the usual wordings."""
