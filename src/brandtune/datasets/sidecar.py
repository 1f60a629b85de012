"""Lineage, a row for each example, preference and rated answer, kept beside the training text and never in it."""

from brandtune.core.records import Struct
from brandtune.datasets.items import Kind
from brandtune.datasets.splitting import Split


class SidecarRow(Struct, frozen=True, kw_only=True):
    """What is known about one item and must never be in the training text.

    Attributes:
        kind: What `example_id` names: an example, a preference or a rated answer.
        subject: Keyed token of the customer; empty where it is about nobody.
        consent: Lawful basis and what the person said, e.g. `consent: granted`; empty where nothing was stated.
        component_id: Keyed token of the component, which lies wholly in `split`.
        personal_data: How many marks of each type stand in the text in place of personal data.
        content_sha256: Of the item with all its fields, as canonical JSON.
    """

    example_id: str
    subject: str
    source_record_ids: tuple[str, ...]
    split: Split
    component_id: str
    content_sha256: str
    dataset_version: str = ""
    kind: Kind = "example"
    consent: str = ""
    personal_data: dict[str, int] = {}

    @property
    def name(self) -> str:
        """Unique within a version, whatever the kind."""
        return f"{self.kind}:{self.example_id}"
