"""The kinds of sources there are: ours, and those that other packages bring through entry points."""

import logging
import typing
from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from brandtune.core.config import Config
from brandtune.core.plugins import SOURCES, load_plugins
from brandtune.sources.chats import OpenAIChatSource, ShareGptSource
from brandtune.sources.delimited import CsvSource
from brandtune.sources.duckdb_query import DuckDbSource
from brandtune.sources.email_campaigns import KlaviyoSource, MailchimpSource
from brandtune.sources.excel import ExcelSource
from brandtune.sources.intercom import IntercomSource
from brandtune.sources.json_document import JsonSource
from brandtune.sources.json_lines import JsonLinesSource
from brandtune.sources.label_studio import LabelStudioSource
from brandtune.sources.parquet import ParquetSource
from brandtune.sources.segment import SegmentSource
from brandtune.sources.shopify import ShopifySource
from brandtune.sources.sql import SqlSource
from brandtune.sources.zendesk import ZendeskSource

log = logging.getLogger(__name__)
OURS: tuple[type[Config], ...] = (
    CsvSource,
    JsonLinesSource,
    JsonSource,
    ParquetSource,
    ExcelSource,
    SqlSource,
    DuckDbSource,
    SegmentSource,
    ZendeskSource,
    IntercomSource,
    ShopifySource,
    MailchimpSource,
    KlaviyoSource,
    OpenAIChatSource,
    ShareGptSource,
    LabelStudioSource,
)


def kind_of(connector: type[Config]) -> str:
    """The `kind` that selects a connector in brandtune.yaml."""
    return str(typing.get_args(connector.model_fields["kind"].annotation)[0])


def _brought() -> tuple[type[Config], ...]:
    """Connectors of other packages; one that is no connector, or takes a name of ours, is left out and logged."""
    taken = {kind_of(connector) for connector in OURS}
    fit: list[type[Config]] = []
    for plugin in load_plugins(SOURCES).found:
        connector = plugin.value
        if not (isinstance(connector, type) and issubclass(connector, Config) and "kind" in connector.model_fields):
            log.warning("plugin=%s package=%r reason=%r", plugin.name, plugin.package, "not a Config with a kind")
        elif kind_of(connector) in taken:
            log.warning("plugin=%s package=%r reason=%r", plugin.name, plugin.package, "its kind is taken")
        else:
            taken.add(kind_of(connector))
            fit.append(connector)
    return tuple(fit)


CONNECTORS: dict[str, type[Config]] = {kind_of(connector): connector for connector in (*OURS, *_brought())}
"""Every connector by its kind."""

if TYPE_CHECKING:
    from brandtune.sources.base import AnyConnector

    AnySource = AnyConnector
else:
    AnySource = Annotated[Union[tuple(CONNECTORS.values())], Field(discriminator="kind")]  # noqa: UP007
    """One entry of `sources:` in brandtune.yaml; `kind` selects the connector."""
