"""Parquet files, read batch by batch; the line of a record is its row number."""

from collections.abc import Iterator
from typing import BinaryIO, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from brandtune.core.errors import SourceError
from brandtune.sources.base import Reading
from brandtune.sources.files import InputFile
from brandtune.sources.tables import BadRow, Row, TableSource

BATCH = 4096


class ParquetSource(TableSource):
    """A Parquet file."""

    kind: Literal["parquet"] = "parquet"
    """Selects this connector."""

    def columns_of(self, file: InputFile, reading: Reading) -> list[str]:
        with file.open_seekable() as stream:
            return list(_opened(stream, file).schema_arrow.names)

    def rows(self, file: InputFile, reading: Reading) -> Iterator[Row | BadRow]:
        with file.open_seekable() as stream:
            parquet = _opened(stream, file)
            total = max(parquet.metadata.num_rows, 1)
            line = 0
            try:
                for batch in parquet.iter_batches(batch_size=BATCH):
                    for values in batch.to_pylist():
                        line += 1
                        yield Row(values, line)
                    reading.on_bytes(file.size * batch.num_rows // total)
            except (pa.ArrowInvalid, OSError) as error:
                raise SourceError(f"damaged after row {line:,} ({type(error).__name__}).", where=file.label) from None


def _opened(stream: BinaryIO, file: InputFile) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(stream)
    except (pa.ArrowInvalid, OSError):
        raise SourceError(
            "not a Parquet file, or cut off before its footer.", where=file.label, fix="Export it again."
        ) from None
