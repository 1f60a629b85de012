"""The other meanings of a row, people, consent and values."""

from datetime import UTC, datetime

import pytest

from brandtune.sources import CsvSource, read
from brandtune.sources.values import as_consent, as_count, as_number, as_time


def test_profile_with_identifiers_consent_and_traits(reads):
    content = (
        "Customer ID,E-Mail,Mobile,First Name,Loyalty,marketing_consent,model_training_consent,consent_updated_at\n"
        "C1,Ana@x.org,+1 555 010 1234,Ana,gold,yes,Granted,2024-05-01T10:00:00Z\n"
        "C2,,,Ben,,yes,perhaps,\nC3,,,Cy,,yes,,\nC4,,,Di,,,withdrawn,2024-05-02\n,,,Nobody,,,,\n"
    )
    result = reads(CsvSource, "a.csv", content, maps_to="profile", fields={"id": "Customer ID", "tier": "Loyalty"})
    ana, ben, cy, di = result.records
    assert [(i.type, i.value) for i in ana.identifiers] == [
        ("user_id", "C1"), ("email", "Ana@x.org"), ("phone", "+1 555 010 1234")]  # fmt: skip
    assert ana.payload.traits["first_name"] == "Ana" and ana.payload.traits["tier"] == "gold"
    assert ana.consents[0].status == "granted" and ana.consents[0].at == datetime(2024, 5, 1, 10, tzinfo=UTC)
    assert ben.consents[0].status == "denied", "a word that cannot be read must not let anybody in"
    assert cy.consents == () and di.consents[0].status == "revoked"
    assert result.rejected[0].reason == "no identifier"
    assert "C1" not in ana.record_id


def test_marketing_consent_is_never_training_consent(reads):
    result = reads(CsvSource, "a.csv", "customer_id,marketing_consent,consent\nC1,yes,yes\n", maps_to="profile")
    assert result.records[0].consents == ()


def test_campaign_rows(reads):
    content = (
        "campaign_id,subject,preview_text,html,recipients,unique_opens\n"
        'K1,Hello,pre,<p>A</p><p>B &amp; C</p>,"1,200",300\nK1,Hi,,x,5,x\nK2,,,,1,1\n'
    )
    result = reads(CsvSource, "a.csv", content, maps_to="campaign")
    first, second = (r.payload for r in result.records)
    assert (first.subject_line, first.body, first.sends, first.opens, first.clicks) == (
        "Hello",
        "A\nB & C",
        1200,
        300,
        None,
    )
    assert (first.variant, second.variant, second.opens) == ("A", "B", None)
    assert result.rejected[0].reason == "empty campaign"


def test_purchase_review_survey_pair_event_product(reads):
    (p,) = reads(
        CsvSource, "p.csv", 'order_id,sku,qty,price,currency,user_id\nO1,S,2,"12,50 €",EUR,u\n', maps_to="purchase"
    ).records
    assert (p.payload.quantity, p.payload.unit_price, p.record_id) == (2, 12.5, "p:O1")
    (r,) = reads(CsvSource, "r.csv", "review_text,stars\nGreat,4.5\n", maps_to="review").records
    assert r.payload.rating == 4.5
    (s,) = reads(CsvSource, "s.csv", "response_id,question,answer,nps\n1,Why?,,9\n", maps_to="survey").records
    assert s.payload.score == 9 and s.payload.answer == ""
    (x,) = reads(CsvSource, "x.csv", "instruction,input,output\nShorten,long,short\n", maps_to="pair").records
    assert x.payload.prompt == "Shorten\n\nlong"
    (e,) = reads(CsvSource, "e.csv", "event,user_id,date,amount\nBought,u,2024-01-01,3\n", maps_to="event").records
    assert e.payload.name == "Bought" and e.payload.properties == {"amount": "3"}
    (d,) = reads(
        CsvSource, "d.csv", "handle,title,description,price,colour\nh,T,<b>x</b>,3,red\n", maps_to="product"
    ).records
    assert d.payload.description == "x" and d.payload.attributes == {"colour": "red"}


def test_same_rows_and_same_ids_stay_apart_and_stable(tmp_path):
    (tmp_path / "a.csv").write_text("order_id,sku,qty\nO1,A,1\nO1,B,1\n")
    (tmp_path / "b.csv").write_text("text,label\nx,y\nx,y\n")
    sources = [CsvSource(path="a.csv", maps_to="purchase"), CsvSource(path="b.csv", maps_to="label"),
               CsvSource(path="b.csv", maps_to="label")]  # fmt: skip
    ids = [record.record_id for record in read(sources, base_dir=tmp_path).records]
    assert ids[:2] == ["a:O1", "a:O1#2"] and len(set(ids)) == len(ids)
    assert ids == [record.record_id for record in read(sources, base_dir=tmp_path).records]
    assert len(read(sources, base_dir=tmp_path, limit=1).records) == 3


@pytest.mark.parametrize(("written", "expected"), [
    ("2024-05-01T10:00:00+02:00", (2024, 5, 1, 8)), ("2024-05-01 10:00:00 UTC", (2024, 5, 1, 10)),
    ("2024-05-01 10:00:00 -0400", (2024, 5, 1, 14)), ("Wed May 01 10:00:00 +0000 2024", (2024, 5, 1, 10)),
    ("Wed, 01 May 2024 10:00:00 GMT", (2024, 5, 1, 10)), (1714557600, (2024, 5, 1, 10)),
    ("1714557600000", (2024, 5, 1, 10)),
    ("5/1/2024 10:00 AM", (2024, 5, 1, 10)), ("1.5.2024 10:00", (2024, 5, 1, 10)), ("5/1/24 10:00", (2024, 5, 1, 10)),
])  # fmt: skip
def test_times(written, expected):
    assert as_time(written) == datetime(*expected, tzinfo=UTC)


@pytest.mark.parametrize("written", ["", "soon", "99/99/2024", None, True, "nan", float("nan"), 1e300, "2024-13-01"])
def test_what_is_no_time(written):
    assert as_time(written) is None


def test_day_first_is_decided_by_the_file_or_said(reads, said):
    content = "text,label,date\na,x,03/04/2024\nb,x,25/04/2024\n"
    result = reads(CsvSource, "a.csv", content, maps_to="label")
    assert result.records[0].occurred_at == datetime(2024, 4, 3, tzinfo=UTC)
    reads(CsvSource, "b.csv", "text,label,date\na,x,03/04/2024\n", maps_to="label")
    assert "day or month first" in said.text


def test_numbers_and_consent_words():
    assert [as_number(v) for v in ("1,234", "1.234,5", "$3.50", "USD 4", "-2", "x", "", True)] == [
        1234, 1234.5, 3.5, 4, -2, None, None, None]  # fmt: skip
    assert [as_count(v) for v in ("3.0", "-1", "2.5")] == [3, None, None]
    assert [as_consent(v) for v in ("Opt-In", "1", "opted out", "0", "withdrawn", "", "pending", "maybe", None)] == [
        "granted", "granted", "denied", "denied", "revoked", None, None, "denied", None]  # fmt: skip
