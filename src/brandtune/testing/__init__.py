"""Testing: checkers that people who write plug-ins run in their own tests. Start at `connectors`."""

from brandtune.testing.connectors import ContractBroken, ContractReport, check_connector

__all__ = ["ContractBroken", "ContractReport", "check_connector"]
