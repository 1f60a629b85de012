"""Records become examples worth learning from; everything left out is written down with its reason. Read `curating`."""

from brandtune.curation.config import CurationConfig
from brandtune.curation.curating import curate
from brandtune.curation.governance import GovernanceConfig
from brandtune.curation.overrides import Overrides, load_overrides
from brandtune.curation.page import curation_page
from brandtune.curation.results import (
    Curated,
    CurationReport,
    FunnelRow,
    PersonalDataReport,
    Representation,
    StepResult,
)

__all__ = [
    "Curated",
    "CurationConfig",
    "CurationReport",
    "FunnelRow",
    "GovernanceConfig",
    "Overrides",
    "PersonalDataReport",
    "Representation",
    "StepResult",
    "curate",
    "curation_page",
    "load_overrides",
]
