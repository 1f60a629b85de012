"""The kinds of sources there are. A new connector is a file of its own and a line here."""

from typing import Annotated

from pydantic import Field

from brandtune.sources.delimited import CsvSource
from brandtune.sources.json_document import JsonSource
from brandtune.sources.json_lines import JsonLinesSource
from brandtune.sources.parquet import ParquetSource
from brandtune.sources.segment import SegmentSource
from brandtune.sources.shopify import ShopifySource
from brandtune.sources.zendesk import ZendeskSource

AnySource = Annotated[
    CsvSource | JsonLinesSource | JsonSource | ParquetSource | SegmentSource | ZendeskSource | ShopifySource,
    Field(discriminator="kind"),
]
"""One entry of `sources:` in brandtune.yaml; `kind` selects the connector."""

CONNECTORS: dict[str, type] = {
    "csv": CsvSource,
    "jsonl": JsonLinesSource,
    "json": JsonSource,
    "parquet": ParquetSource,
    "segment": SegmentSource,
    "zendesk": ZendeskSource,
    "shopify": ShopifySource,
}
