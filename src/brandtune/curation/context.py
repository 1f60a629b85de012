"""What every step may look at: subjects, tasks, brand, settings, and things worked out once."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from brandtune.core.brand import Brand
from brandtune.core.examples import Dropped, Example
from brandtune.core.records import Record, Subject
from brandtune.core.tasks import Task
from brandtune.curation.governance import GovernanceConfig
from brandtune.curation.overrides import Overrides
from brandtune.curation.pseudonyms import Pseudonyms
from brandtune.curation.texts import own_text
from brandtune.scoring.claims import ClaimFinding, FactBook
from brandtune.scoring.rules import RuleFinding, RuleSet, load_rules

if TYPE_CHECKING:
    from brandtune.curation.config import CurationConfig

EXCERPT_CHARS = 300


@dataclass(frozen=True)
class Context:
    """Passed to every step; steps read it and never change it."""

    subjects: Mapping[str, Subject]
    tasks: Sequence[Task]
    brand: Brand
    governance: GovernanceConfig
    config: "CurationConfig"
    key: str
    pseudonyms: Pseudonyms
    overrides: Overrides = field(default_factory=Overrides)
    findings: dict[str, tuple[RuleFinding, ...]] = field(default_factory=dict)
    seen_by_rules: dict[bytes, tuple[RuleFinding, ...]] = field(default_factory=dict)
    seen_by_facts: dict[bytes, tuple[ClaimFinding, ...]] = field(default_factory=dict)

    @cached_property
    def rules(self) -> RuleSet:
        return load_rules(Path(self.brand.rules_dir)) if self.brand.rules_dir else RuleSet()

    @cached_property
    def facts(self) -> FactBook:
        return FactBook.from_documents(self.brand.documents)

    @cached_property
    def label_tasks(self) -> frozenset[str]:
        return frozenset(task.kind for task in self.tasks if task.output == "label")

    def findings_of(self, example: Example) -> tuple[RuleFinding, ...]:
        """What the rules say about the example's assistant turns; worked out once. Labels are not judged by voice."""
        if example.task in self.label_tasks:
            return ()
        if example.example_id not in self.findings:
            answers = [message.content for message in example.messages if message.role == "assistant"]
            found = [finding for text in answers for finding in self.rule_findings(text, task=example.task)]
            self.findings[example.example_id] = tuple(found)
        return self.findings[example.example_id]

    def rule_findings(self, text: str, *, task: str) -> tuple[RuleFinding, ...]:
        """What the rules say about one text; worked out once, as examples and evidence hold the same texts."""
        key = _digest(task, text)
        if key not in self.seen_by_rules:
            self.seen_by_rules[key] = tuple(self.rules.check(text, task=task))
        return self.seen_by_rules[key]

    def wrong_claims(self, text: str, *, given: str) -> tuple[ClaimFinding, ...]:
        """Numbers in a text that the facts contradict, in the light of what was `given`; worked out once."""
        key = _digest(given, text)
        if key not in self.seen_by_facts:
            self.seen_by_facts[key] = tuple(self.facts.check(text, context=given).contradicted)
        return self.seen_by_facts[key]

    def drop_record(
        self, record: Record, *, step: str, reason: str, detail: str = "", keep_text: bool = True
    ) -> Dropped:
        """A dropped record with its pseudonymised beginning, or none where it may not be kept."""
        excerpt = own_text(self.pseudonyms.beginning(record, chars=EXCERPT_CHARS)) if keep_text else ""
        return Dropped(
            id=record.record_id, step=step, reason=reason, detail=detail, origin=record.origin, excerpt=cut(excerpt)
        )

    def drop_example(
        self,
        example: Example,
        *,
        step: str,
        reason: str,
        detail: str = "",
        kept_instead: str = "",
        keep_text: bool = True,
    ) -> Dropped:
        """A dropped example with the beginning of its target text."""
        text = example.reference[: 2 * EXCERPT_CHARS] if keep_text else ""
        if not self.governance.pseudonymize:
            text = self.pseudonyms.text(text, subject=example.subject)
        return Dropped(
            id=example.example_id, step=step, reason=reason, detail=detail, origin=example.origin, excerpt=cut(text),
            kept_instead=kept_instead,
        )  # fmt: skip


def _digest(*parts: str) -> bytes:
    """A short key for long texts; parts cannot run into each other."""
    whole = "\0".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def cut(text: str) -> str:
    """At most 300 characters, the last one an ellipsis where something is missing."""
    return text if len(text) <= EXCERPT_CHARS else text[: EXCERPT_CHARS - 1].rstrip() + "…"
