"""Sources: a company's files become records, each with its place of origin. Start at `reading`, then any connector."""

from brandtune.sources.base import Connector, FileSource, Item, Reading, RowProblem
from brandtune.sources.chats import OpenAIChatSource, ShareGptSource
from brandtune.sources.delimited import CsvSource
from brandtune.sources.duckdb_query import DuckDbSource
from brandtune.sources.email_campaigns import KlaviyoSource, MailchimpSource
from brandtune.sources.excel import ExcelSource
from brandtune.sources.files import InputFile
from brandtune.sources.incremental import Kept
from brandtune.sources.intercom import IntercomSource
from brandtune.sources.json_document import JsonSource
from brandtune.sources.json_lines import JsonLinesSource
from brandtune.sources.label_studio import LabelStudioSource
from brandtune.sources.parquet import ParquetSource
from brandtune.sources.reading import FileFact, ReadResult, fingerprint, read, unique_names
from brandtune.sources.registry import CONNECTORS, AnySource
from brandtune.sources.secrets import refuse_literal_secrets
from brandtune.sources.segment import SegmentSource
from brandtune.sources.shopify import ShopifySource
from brandtune.sources.sniff import SourceProposal, propose
from brandtune.sources.sql import SqlSource
from brandtune.sources.state import DeadLetter
from brandtune.sources.tables import TableSource
from brandtune.sources.zendesk import ZendeskSource

__all__ = [
    "CONNECTORS",
    "AnySource",
    "Connector",
    "CsvSource",
    "DeadLetter",
    "DuckDbSource",
    "ExcelSource",
    "FileFact",
    "FileSource",
    "InputFile",
    "IntercomSource",
    "Item",
    "JsonLinesSource",
    "JsonSource",
    "Kept",
    "KlaviyoSource",
    "LabelStudioSource",
    "MailchimpSource",
    "OpenAIChatSource",
    "ParquetSource",
    "ReadResult",
    "Reading",
    "RowProblem",
    "SegmentSource",
    "ShareGptSource",
    "ShopifySource",
    "SourceProposal",
    "SqlSource",
    "TableSource",
    "ZendeskSource",
    "fingerprint",
    "propose",
    "read",
    "refuse_literal_secrets",
    "unique_names",
]
