"""Names, contacts and ids replaced by typed marks before anything becomes an example."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from pydantic import field_validator

from brandtune.core.config import Config
from brandtune.core.records import Record
from brandtune.curation.context import Context
from brandtune.curation.results import PersonalDataReport, StepResult
from brandtune.scoring.patterns import compile_pattern
from brandtune.scoring.personal_patterns import DEFAULT_REGIONS, ORDER_ID

NO_MODEL = (
    'Names were found from your customer list, agents\' signatures and wording such as "my friend …"; '
    "strangers named without such a cue are not found, because `curation.personal_data.names` is `off`."
)


TOGETHER = 256


class PersonalDataConfig(Config):
    """How personal data is found."""

    regions: tuple[str, ...] = DEFAULT_REGIONS
    """Countries (ISO codes) whose national phone numbers are recognised."""
    order_id: str = ORDER_ID
    """Regular expression of the company's order numbers."""
    names: Literal["bundled", "off"] = "bundled"
    """What finds people whom you do not know: the bundled model, or nothing."""
    certainty: float = 2.0
    """How sure the model must be, in log odds; lower finds more names and takes more other words for names."""

    @field_validator("order_id")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            compile_pattern(pattern)
        except Exception as error:
            raise ValueError(f"`order_id` is not a regular expression: {error}") from None
        return pattern


def personal_data(records: Sequence[Record], context: Context) -> tuple[StepResult[Record], PersonalDataReport]:
    """Replace personal data in every record; drops nothing, counts everything."""
    counts: Counter[str] = Counter()
    touched, kept = 0, []
    for index, record in enumerate(records):
        if index % TOGETHER == 0:
            context.pseudonyms.look_ahead(records[index : index + TOGETHER])
        before = counts.total()
        kept.append(context.pseudonyms.record(record, counts=counts))
        touched += counts.total() > before
    report = PersonalDataReport(mentions=dict(sorted(counts.items())), records_touched=touched)
    notes = [] if context.config.personal_data.names == "bundled" else [NO_MODEL]
    for why, count in context.pseudonyms.not_searched().items():
        notes.append(f"{count} texts were {why} and not searched for strangers' names.")
    return StepResult(kept, notes=notes), report
