"""Sources: a company's files become records, each with its place of origin. Start at `reading`, then any connector."""

from brandtune.sources.base import Connector, FileSource, Item, Reading
from brandtune.sources.delimited import CsvSource
from brandtune.sources.json_document import JsonSource
from brandtune.sources.json_lines import JsonLinesSource
from brandtune.sources.parquet import ParquetSource
from brandtune.sources.reading import FileFact, ReadResult, fingerprint, read
from brandtune.sources.registry import CONNECTORS, AnySource
from brandtune.sources.segment import SegmentSource
from brandtune.sources.shopify import ShopifySource
from brandtune.sources.sniff import SourceProposal, propose
from brandtune.sources.tables import TableSource
from brandtune.sources.zendesk import ZendeskSource

__all__ = [
    "CONNECTORS",
    "AnySource",
    "Connector",
    "CsvSource",
    "FileFact",
    "FileSource",
    "Item",
    "JsonLinesSource",
    "JsonSource",
    "ParquetSource",
    "ReadResult",
    "Reading",
    "SegmentSource",
    "ShopifySource",
    "SourceProposal",
    "TableSource",
    "ZendeskSource",
    "fingerprint",
    "propose",
    "read",
]
