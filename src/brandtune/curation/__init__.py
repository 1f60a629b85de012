"""Records become examples worth learning from; everything left out is written down with its reason. Read `curating`."""

from brandtune.curation.config import CurationConfig
from brandtune.curation.curating import curate
from brandtune.curation.governance import GovernanceConfig
from brandtune.curation.results import Curated, CurationReport, FunnelRow, PersonalDataReport, StepResult

__all__ = [
    "Curated",
    "CurationConfig",
    "CurationReport",
    "FunnelRow",
    "GovernanceConfig",
    "PersonalDataReport",
    "StepResult",
    "curate",
]
