"""Brandtune: a company's own records become a language model in its house style, and proof of whether that helped.

Start reading at `brandtune.workflows.journey`. Importing this module loads nothing heavy; names resolve on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_EXPORTS = {
    "load_plan": "brandtune.workflows.plan",
    "Plan": "brandtune.workflows.plan",
    "run_journey": "brandtune.workflows.journey",
    "BrandtuneError": "brandtune.core.errors",
    "Record": "brandtune.core.records",
    "Conversation": "brandtune.core.records",
    "Example": "brandtune.core.examples",
    "Message": "brandtune.core.examples",
    "link": "brandtune.profiles",
    "curate": "brandtune.curation",
    "freeze": "brandtune.datasets",
    "train": "brandtune.training.library",
    "LoRA": "brandtune.training.library",
    "Full": "brandtune.training.library",
    "SFT": "brandtune.training.library",
    "DPO": "brandtune.training.library",
    "KTO": "brandtune.training.library",
    "GRPO": "brandtune.training.library",
    "RewardModel": "brandtune.training.library",
    "evaluate": "brandtune.evaluation",
    "load_model": "brandtune.models",
}

__all__ = [
    "DPO",
    "GRPO",
    "KTO",
    "SFT",
    "BrandtuneError",
    "Conversation",
    "Example",
    "Full",
    "LoRA",
    "Message",
    "Plan",
    "Record",
    "RewardModel",
    "__version__",
    "curate",
    "evaluate",
    "freeze",
    "link",
    "load_model",
    "load_plan",
    "run_journey",
    "train",
]


def __getattr__(name: str) -> Any:
    """Resolve a public name on first use, so that `import brandtune` stays instant."""
    if name not in _EXPORTS:
        raise AttributeError(f"module 'brandtune' has no attribute {name!r}")
    return getattr(import_module(_EXPORTS[name]), name)


if TYPE_CHECKING:  # what type checkers and editors see
    from brandtune.core.errors import BrandtuneError
    from brandtune.core.examples import Example, Message
    from brandtune.core.records import Conversation, Record
    from brandtune.curation import curate
    from brandtune.datasets import freeze
    from brandtune.evaluation import evaluate
    from brandtune.models import load_model
    from brandtune.profiles import link
    from brandtune.training.library import DPO, GRPO, KTO, SFT, Full, LoRA, RewardModel, train
    from brandtune.workflows.journey import run_journey
    from brandtune.workflows.plan import Plan, load_plan
