"""Checking copy before it goes out: a reviewed text becomes the verdict, with the rule that decided."""

from typing import Literal

from brandtune.core.brand import Brand
from brandtune.core.records import Asset, Record
from brandtune.core.tasks.label import Label


class ComplianceCheck(Label):
    """Verdicts on texts, from what reviewers said."""

    kind: Literal["compliance_check"] = "compliance_check"  # type: ignore[assignment]
    """Which task."""
    what: str = "verdict"
    """What the label says about the text."""
    answer_with: Literal["verdict_and_rule", "verdict"] = "verdict_and_rule"
    """Whether the label names the broken rule too: `rejected: exclamation marks`, or `rejected` alone."""

    def system_prompt(self, brand: Brand) -> str:
        return self._with_instructions(f"You check texts of {brand.name} against its rules.")

    def why_not(self, record: Record, brand: Brand) -> str:
        asset = record.payload
        if not isinstance(asset, Asset):
            return ""
        if not asset.text.strip():
            return "no text"
        return "not in the closed set of labels" if asset.verdict.strip() else "no verdict"

    def _text_and_label(self, record: Record) -> tuple[str, str] | None:
        asset = record.payload
        if not isinstance(asset, Asset) or not asset.text.strip() or not asset.verdict.strip():
            return None
        text = asset.text.strip()
        if asset.channel.strip():
            text = f"Channel: {asset.channel.strip()}\n{text}"
        verdict, rule = asset.verdict.strip(), asset.rule.strip()
        return text, f"{verdict}: {rule}" if rule and self.answer_with == "verdict_and_rule" else verdict
