"""Every connector of ours keeps the contract that third-party connectors are held to; and the contract can be broken."""

import exports
import pytest

from brandtune.core.records import LabelledText, Origin, Record
from brandtune.sources import CONNECTORS, CsvSource, JsonLinesSource
from brandtune.testing import ContractBroken, check_connector

RESUMABLE = {"jsonl", "segment", "intercom", "openai", "sharegpt"}
WITHOUT_FILES = {"sql", "duckdb"}  # in test_sql


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")
    return folder, exports.write_all(folder)


@pytest.mark.parametrize("kind", sorted(set(CONNECTORS) - WITHOUT_FILES))
def test_our_connectors_keep_it(written, kind):
    folder, connectors = written
    report = check_connector(connectors[kind], base_dir=folder)
    assert (report.num_resumed > 0) == (kind in RESUMABLE)


def test_messages_over_several_files_keep_it(tmp_path):
    """A conversation may go on in the next file, so these files are only ever read together."""
    head = "ticket_id,role,body\n"
    (tmp_path / "a.csv").write_text(head + "1,user,Hello\n2,user,Hi\n")
    (tmp_path / "b.csv").write_text(head + "1,agent,Good day\n")
    source = CsvSource(path="*.csv", maps_to="message")
    assert check_connector(source, base_dir=tmp_path, min_records=2).num_records == 2


class Wrong(CsvSource):
    """A connector with one fault at a time."""

    fault: str = ""

    def records(self, reading):
        for number, item in enumerate(super().records(reading)):
            yield self._spoilt(item, number, reading)

    def _spoilt(self, item, number, reading):
        payload = LabelledText(text="a", label="b")
        ids = {"unstable": f"{reading.name}:{id(item)}", "mail": f"{reading.name}:a@b.co", "nameless": f"x:{number}"}
        if self.fault in ids:
            return Record(record_id=ids[self.fault], payload=payload, origin=item.origin)
        if self.fault == "origin":
            return Record(record_id=f"{reading.name}:{number}", payload=payload, origin=Origin(source="elsewhere"))
        return {"none": item, "raw": {"text": "a"}}.get(self.fault, item)


class Losing(JsonLinesSource):
    """Goes on one line too late."""

    def records(self, reading):
        items = super().records(reading)
        if reading.resume is not None:
            next(items, None)
        yield from items


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("unstable", "ids must be stable"), ("mail", "shows an e-mail address"), ("nameless", "must start with"),
        ("origin", "no origin with the source's name"), ("raw", "not a Record or a Dropped"),
    ],
)  # fmt: skip
def test_faults_are_found(written, fault, said):
    tmp_path, _ = written
    check_connector(Wrong(path="a.csv", maps_to="label", fault="none"), base_dir=tmp_path)
    with pytest.raises(ContractBroken, match=said):
        check_connector(Wrong(path="a.csv", maps_to="label", fault=fault), base_dir=tmp_path)


def test_loss_when_going_on_is_found(written):
    tmp_path, _ = written
    with pytest.raises(ContractBroken, match=r"going on after item 1 gives 28 items, expected 29"):
        check_connector(Losing(path="a.jsonl", maps_to="label"), base_dir=tmp_path)


def test_too_little_data_tests_nothing(tmp_path):
    (tmp_path / "a.csv").write_text("text,label\n")
    with pytest.raises(ContractBroken, match="at least 1"):
        check_connector(CsvSource(path="a.csv", maps_to="label"), base_dir=tmp_path)
