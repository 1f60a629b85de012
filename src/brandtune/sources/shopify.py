"""Shopify's product CSV: several rows with one handle are one product; the first of them carries its texts."""

from collections.abc import Iterator
from typing import Any, Literal

from brandtune.core.records import Product, Record
from brandtune.sources.base import FileSource, Item, Reading, RowProblem
from brandtune.sources.columns import Columns
from brandtune.sources.delimited import CsvSource
from brandtune.sources.files import InputFile
from brandtune.sources.markup import plain_text
from brandtune.sources.tables import BadRow, Row
from brandtune.sources.values import as_number, as_text, is_nothing
from brandtune.sources.vocabulary import plain

_METAFIELD = "(product.metafields."
_OPTION_DEFAULT = "default title"


class ShopifySource(FileSource):
    """A product export from Shopify's admin (Products, Export, CSV)."""

    kind: Literal["shopify"] = "shopify"
    """Selects this connector."""
    currency: str = ""
    """Currency of the prices; the export does not say."""

    def records(self, reading: Reading) -> Iterator[Item]:
        table = CsvSource(path=self.path, maps_to="product", encoding=self.encoding, max_field_mb=self.max_field_mb)
        for file in reading.files:
            group: list[Row] = []
            _require(table.columns_of(file, reading), file)
            for row in table.rows(file, reading):
                if isinstance(row, BadRow):
                    yield reading.rejected(file, row.line, reason=row.reason, detail=row.detail)
                    continue
                if group and _cell(row, "Handle") not in ("", _cell(group[0], "Handle")):
                    yield self._item(group, file, reading)
                    group = []
                group.append(row)
            if group:
                yield self._item(group, file, reading)

    def _item(self, group: list[Row], file: InputFile, reading: Reading) -> Item:
        try:
            return self._record(group, file, reading)
        except RowProblem as problem:
            return reading.rejected(file, group[0].line, reason=problem.reason, detail=problem.detail)

    def _record(self, group: list[Row], file: InputFile, reading: Reading) -> Item:
        first = group[0]
        handle, title = _cell(first, "Handle"), _cell(first, "Title")
        if not handle or not title:
            missing = "handle" if not handle else "title"
            return reading.rejected(file, first.line, reason=f"empty {missing}")
        price = next((number for row in group if (number := as_number(_cell(row, "Variant Price"))) is not None), None)
        return Record(
            record_id=f"{reading.name}:{handle}",
            payload=Product(
                handle=handle,
                title=title,
                description=plain_text(_cell(first, "Body (HTML)")),
                type=_cell(first, "Type") or _cell(first, "Product Type"),
                attributes=_attributes(group),
                price=price,
                currency=self.currency,
            ),
            origin=reading.origin(file, first.line),
        )


def _require(names: list[str], file: InputFile) -> None:
    columns = Columns("product", fields={"handle": "Handle", "title": "Title", "text": "Body (HTML)"}, file=file.label)
    columns.add(names)
    if names:
        columns.require_chosen()


def _cell(row: Row, column: str) -> str:
    value: Any = row.values.get(column)
    return "" if is_nothing(value) else as_text(value).strip()


def _attributes(group: list[Row]) -> dict[str, str]:
    """From `key:value` tags, options with all their values, the vendor and metafields."""
    first = group[0]
    found: dict[str, str] = {}
    words = [tag.strip() for tag in _cell(first, "Tags").split(",") if tag.strip()]
    for tag in words:
        key, colon, value = tag.partition(":")
        if colon and value.strip():
            name = plain_key(key)
            found[name] = f"{found[name]}, {value.strip()}" if name in found else value.strip()
    loose = [tag for tag in words if ":" not in tag]
    if loose:
        found.setdefault("tags", ", ".join(loose))
    for number in (1, 2, 3):
        name = plain_key(_cell(first, f"Option{number} Name"))
        values = dict.fromkeys(value for row in group if (value := _cell(row, f"Option{number} Value")))
        if name and values and _OPTION_DEFAULT not in {value.lower() for value in values}:
            found.setdefault(name, ", ".join(values))
    if vendor := _cell(first, "Vendor"):
        found.setdefault("vendor", vendor)
    for column in first.values:
        if _METAFIELD in column and (value := _cell(first, column)):
            found.setdefault(plain_key(column.split(_METAFIELD)[0]), value)
    return found


def plain_key(name: str) -> str:
    """An attribute name in lower case with underscores."""
    return "_".join(name.lower().split()) if plain(name) else ""
