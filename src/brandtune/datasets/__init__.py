"""Examples become an immutable, content-addressed version with leak-free splits and a card. Read `freezing`."""

from brandtune.datasets.comparing import VersionDifference, compare
from brandtune.datasets.config import DatasetConfig, SplitConfig
from brandtune.datasets.facts import Background, Facts, FunnelLine, total
from brandtune.datasets.formats import FORMATS, Format, Part, rows
from brandtune.datasets.freezing import freeze
from brandtune.datasets.history import latest, versions
from brandtune.datasets.leaks import LeakReport
from brandtune.datasets.splitting import SPLITS, Split
from brandtune.datasets.version import DatasetVersion, load

__all__ = [
    "FORMATS",
    "SPLITS",
    "Background",
    "DatasetConfig",
    "DatasetVersion",
    "Facts",
    "Format",
    "FunnelLine",
    "LeakReport",
    "Part",
    "Split",
    "SplitConfig",
    "VersionDifference",
    "compare",
    "freeze",
    "latest",
    "load",
    "rows",
    "total",
    "versions",
]
