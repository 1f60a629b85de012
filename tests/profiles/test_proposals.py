"""Pairs that may be one person: found among look-alikes, explained in words, never merged, never asked twice."""

import random
import sys

import pytest

from brandtune.core.errors import MissingPartError
from brandtune.core.records import Identifier, Subject
from brandtune.profiles import propose
from brandtune.profiles.proposals import traits_to_compare

FIRST = ["ana", "ben", "cleo", "dora", "emil", "fritz", "gerda", "hugo", "ida", "jonas", "karl", "lena", "mia", "nils"]
LAST = ["adler", "berg", "conti", "duval", "engel", "faber", "garcia", "hahn", "ivers", "jansen", "kern", "lopez"]
CITIES = ["Oslo", "Rome", "Bonn", "Lyon", "Porto", "Graz"]


def person(number, first, last, *, email="", phone="", **traits):
    ids = [Identifier(type="user_id", value=f"u{number}")]
    ids += [Identifier(type="email", value=email)] if email else []
    ids += [Identifier(type="phone", value=phone)] if phone else []
    traits = {"first_name": first, "last_name": last, **traits}
    return Subject(subject_id=f"s{number:04}", identifiers=tuple(ids), traits=traits)


def crowd(count=300, seed=3):
    """People who share names and towns by chance, and no two of whom are one."""
    draw = random.Random(seed)
    return [
        person(
            n, draw.choice(FIRST), draw.choice(LAST), email=f"{draw.getrandbits(40):x}@x.org",
            phone=f"+1415{draw.randrange(10**7):07}", city=draw.choice(CITIES), postal_code=str(draw.randrange(10**5)),
            birthday=f"{draw.randrange(1940, 2005)}-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}",
        )
        for n in range(count)
    ]  # fmt: skip


def with_double():
    """The crowd, and one of them a second time with a typing error in the name and in the phone."""
    rows = crowd()
    known = rows[7]
    phone = next(i.value for i in known.identifiers if i.type == "phone")
    double = person(
        900, known.traits["first_name"], str(known.traits["last_name"]) + "n", phone=phone[:-1] + "0",
        city=known.traits["city"], postal_code=known.traits["postal_code"],
    )  # fmt: skip
    same_last = person(
        901, "zelda", "quux", email="zq77@x.org", city="Oslo", postal_code="11111", birthday="1980-02-03"
    )
    twin = person(902, "zelda", "quux", email="zq77@y.org", city="Oslo", postal_code="11111", birthday="1980-02-03")
    return [*rows, double, same_last, twin]


splink = pytest.mark.skipif(
    not __import__("importlib").util.find_spec("splink"), reason="the `link` extra is not installed"
)


@splink
def test_doubles_are_proposed_and_look_alikes_are_not():
    proposals = propose(with_double(), threshold=0.8)
    assert ("s0901", "s0902") in {(item.one, item.other) for item in proposals}
    assert all({item.one, item.other} & {"s0900", "s0901", "s0902"} for item in proposals)
    assert proposals[0].score >= proposals[-1].score >= 0.8


@splink
def test_a_proposal_says_why_in_words_without_anybodys_values():
    best = next(item for item in propose(with_double(), threshold=0.8) if item.one == "s0901")
    text = " ".join(best.why)
    assert "people at random (-" in best.why[0]
    assert "first name the same (+" in text and "birthday the same (+" in text
    assert not any(word in text.lower() for word in ("zelda", "quux", "1980", "oslo", "zq77"))


@splink
def test_what_is_settled_is_not_proposed_again_and_the_rest_is_the_same_each_time():
    rows = with_double()
    all_of_them = propose(rows, threshold=0.8)
    assert all_of_them == propose(rows[::-1], threshold=0.8)
    without = propose(rows, threshold=0.8, settled=[frozenset((all_of_them[0].one, all_of_them[0].other))])
    assert without == all_of_them[1:]


@splink
@pytest.mark.parametrize("rows", [[], crowd(5), [person(n, "", "") for n in range(50)],
                                  [person(n, "ana", "") for n in range(50)]])  # fmt: skip
def test_too_little_to_compare_proposes_nothing(rows):
    assert propose(rows, threshold=0.5) == []


def test_without_splink_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "splink", None)
    with pytest.raises(MissingPartError, match=r"brandtune\[link\]"):
        propose(crowd(20), threshold=0.9)


def test_an_address_made_of_the_name_is_no_evidence_beyond_the_name():
    def compared(address, first="ana", last="lopez"):
        return traits_to_compare(person(1, first, last, email=f"{address}@x.org"))["email"]

    assert [compared(word) for word in ("ana.lopez", "alopez", "lopez_ana", "a.l")] == [None] * 4
    assert compared("ana77") == "ana77" and compared("bergziege") == "bergziege"


def test_names_come_apart_however_they_are_given():
    subject = Subject(subject_id="s", traits={"name": "Zoë de la Cruz", "zip": 123, "address": " 1  Main St "})
    row = traits_to_compare(subject)
    assert (row["first_name"], row["last_name"], row["street"]) == ("zoe", "cruz", "1 main st")
