"""Files behind addresses: fsspec's memory and local file systems, globs, gzip, and what is missing."""

import gzip
import io

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from brandtune.core.errors import MissingPartError, SourceError
from brandtune.sources import CsvSource, ParquetSource, SegmentSource, read
from brandtune.testing import check_connector


@pytest.fixture
def bucket():
    filesystem = fsspec.filesystem("memory")
    filesystem.store.clear()
    yield filesystem
    filesystem.store.clear()


def put(filesystem, path, content):
    with filesystem.open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())


def test_memory_keeps_the_contract(bucket, tmp_path):
    put(bucket, "/shop/a.csv", "text,label\none,x\ntwo,y\n")
    put(bucket, "/shop/b.csv.gz", gzip.compress(b"text,label\nthree,x\nragged\n"))
    source = CsvSource(path="memory://shop/*.csv*", maps_to="label")
    assert check_connector(source, base_dir=tmp_path).num_records == 3
    result = read([source], base_dir=tmp_path)
    assert [file.path for file in result.files] == ["memory://shop/a.csv", "memory://shop/b.csv.gz"]
    assert str(result.rejected[0].origin) == "memory://shop/b.csv.gz:3"


def test_events_and_parquet(bucket, tmp_path):
    put(bucket, "/e.jsonl", '{"type":"track","event":"x","userId":"u","messageId":"m1"}\n')
    assert check_connector(SegmentSource(path="memory://e.jsonl"), base_dir=tmp_path).num_resumed == 1
    whole = io.BytesIO()
    pq.write_table(pa.table({"text": ["a", "b"], "label": ["x", "y"]}), whole)
    put(bucket, "/a.parquet", whole.getvalue())
    put(bucket, "/b.parquet.gz", gzip.compress(whole.getvalue()))
    source = ParquetSource(path="memory:///*.parquet*", maps_to="label")
    assert len(read([source], base_dir=tmp_path).records) == 4


def test_local_files_by_address(tmp_path):
    (tmp_path / "a.csv").write_text("text,label\none,x\n")
    source = CsvSource(path=f"file://{tmp_path}/a.csv", maps_to="label")
    assert read([source], base_dir=tmp_path).files[0].path == "a.csv"


def test_nothing_there_unknown_kinds_and_missing_packages(bucket, tmp_path, monkeypatch):
    def fails(path, **settings):
        with pytest.raises((SourceError, MissingPartError)) as error:
            read([CsvSource(path=path, maps_to="label", **settings)], base_dir=tmp_path)
        assert error.value.where == "sources[0].path" and error.value.fix
        return str(error.value)

    assert "nothing is at memory://none.csv" in fails("memory://none.csv")
    assert "`nosuch://` are not known" in fails("nosuch://bucket/a.csv")
    monkeypatch.setitem(__import__("sys").modules, "s3fs", None)
    message = fails("s3://bucket/a.csv", storage={"key": "planted-key", "secret": "planted-secret"})
    assert "needs s3fs" in message and "pip install s3fs" in message and "planted" not in message
    message = fails("http://user:planted@127.0.0.1:9/a.csv?token=planted")
    assert "planted" not in message and "127.0.0.1:9/a.csv" in message


def test_keys_are_masked_in_every_dump():
    source = CsvSource(path="s3://b/a.csv", maps_to="label", storage={"key": "planted-key"})
    assert source.model_dump(mode="json")["storage"] == {"key": "***"} and "planted" not in repr(source)
