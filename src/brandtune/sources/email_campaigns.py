"""Campaign reports of Mailchimp and Klaviyo: one row a campaign or variation, with what was sent, opened and clicked."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal

from msgspec import structs

from brandtune.core.errors import SourceError
from brandtune.core.examples import Dropped
from brandtune.core.records import Record
from brandtune.sources.base import FileSource, Item, Reading
from brandtune.sources.delimited import CsvSource
from brandtune.sources.files import InputFile
from brandtune.sources.vocabulary import plain


class ReportSource(FileSource):
    """What the reports have in common: columns with fixed names, in any order, some of them missing."""

    report: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    names: ClassVar[frozenset[str]] = frozenset({"title", "campaigntitle", "campaignname"})
    needed: ClassVar[tuple[str, ...]] = ("campaign", "subject_line", "sends")
    day_first: bool | None = None
    """Whether dates such as 3/4/2024 start with the day; decided from the data when left out."""

    def records(self, reading: Reading) -> Iterator[Item]:
        for file in reading.files:
            yield from self._file_items(file, replace(reading, files=[file], position=None))

    def _file_items(self, file: InputFile, reading: Reading) -> Iterator[Item]:
        plainly: dict[str, Any] = {"path": self.path, "maps_to": "campaign", "encoding": self.encoding}
        header = CsvSource(**plainly).columns_of(file, reading)
        fields = self._fields(header, file.label) if header else {}
        named = plain(fields.get("campaign", "")) in self.names
        table = CsvSource(**plainly, day_first=self.day_first, max_field_mb=self.max_field_mb, fields=fields)
        for item in table.records(reading):
            yield item if isinstance(item, Dropped) or "variant" in fields else _alone(item, named=named)

    def _fields(self, header: list[str], label: str) -> dict[str, str]:
        by_plain = {plain(name): name for name in header}
        found: dict[str, str] = {}
        for ours, names in self.report.items():
            theirs = next((by_plain[plain(name)] for name in names if plain(name) in by_plain), None)
            if theirs is not None:
                found[ours] = theirs
        missing = [" or ".join(f"`{each}`" for each in self.report[name]) for name in self.needed if name not in found]
        if missing:
            kind = getattr(self, "kind", "campaign")
            raise SourceError(
                f"there is no column {missing[0]} as in {kind.title()}'s campaign report. The columns are: "
                f"{', '.join(header[:30])}.",
                where=label,
                fix="Export the report of your campaigns, or use `kind: csv` with `maps_to: campaign`.",
            )
        return found


def _alone(record: Record, *, named: bool) -> Record:
    """Without a column of variations each row is a campaign of its own: two sends of one title are no A/B test."""
    payload: Any = record.payload
    sent = f" ({record.occurred_at:%Y-%m-%d %H:%M})" if named and record.occurred_at else ""
    return structs.replace(record, payload=structs.replace(payload, campaign=f"{payload.campaign}{sent}", variant="A"))


class MailchimpSource(ReportSource):
    """Mailchimp's campaign report (Campaigns, Export)."""

    kind: Literal["mailchimp"] = "mailchimp"
    """Selects this connector."""
    report: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "campaign": ("Unique Id", "Title", "Campaign Title"),
        "subject_line": ("Subject", "Subject Line"),
        "variant": ("Combination", "Variation", "Variant"),
        "audience": ("List", "Audience"),
        "preheader": ("Preview Text",),
        "sends": ("Successful Deliveries", "Total Recipients"),
        "opens": ("Unique Opens",),
        "open_rate": ("Open Rate",),
        "clicks": ("Unique Clicks",),
        "click_rate": ("Click Rate",),
        "conversions": ("Total Orders",),
        "time": ("Send Date",),
    }


class KlaviyoSource(ReportSource):
    """Klaviyo's campaign analytics (Campaigns, Export analytics), best with all variations included."""

    kind: Literal["klaviyo"] = "klaviyo"
    """Selects this connector."""
    report: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "campaign": ("Campaign ID", "Campaign Name"),
        "subject_line": ("Subject",),
        "variant": ("Variant Name", "Variation Name", "Variation"),
        "channel": ("Campaign Channel", "Send Channel"),
        "audience": ("List", "Included Lists"),
        "preheader": ("Preview Text",),
        "sends": ("Successful Deliveries", "Delivered", "Total Recipients", "Recipients"),
        "opens": ("Unique Opens",),
        "open_rate": ("Open Rate", "Unique Open Rate"),
        "clicks": ("Unique Clicks",),
        "click_rate": ("Click Rate", "Unique Click Rate"),
        "conversions": ("Unique Placed Order", "Count of Unique Conversions", "Placed Order"),
        "conversion_rate": ("Placed Order Rate",),
        "time": ("Send Time", "Send Date"),
    }
