"""Means: what this machine offers, and the durable steps a run is made of."""

from brandtune.execution.machine import Machine, describe_machine
from brandtune.execution.stages import RunDirectory, StageRecord

__all__ = ["Machine", "RunDirectory", "StageRecord", "describe_machine"]
