"""Examples become an immutable, content-addressed version with leak-free splits and a card. Read `freezing`."""

from brandtune.datasets.config import SplitConfig
from brandtune.datasets.freezing import freeze
from brandtune.datasets.leaks import LeakReport
from brandtune.datasets.version import DatasetVersion, load

__all__ = ["DatasetVersion", "LeakReport", "SplitConfig", "freeze", "load"]
