"""Claims against made-up facts: an invented bakery, so that nothing depends on the sample company."""

import pytest

from brandtune.core.brand import split_sections
from brandtune.scoring import ClaimReport, FactBook
from brandtune.scoring.quantities import quantities

FACTS = """# Delivery
- Cakes leave the bakery within 2 business days.
- Delivery is free on orders over £40.
- A delivery inside the city costs £6.
- Orders placed before 11 am are baked the same day.

# Freshness
- Sourdough keeps for 5 days in a paper bag.
- Butter cakes keep for 3 weeks in the freezer.
- Warm the oven to 180 degrees before you refresh a loaf.

# Crumbs club
- You earn 1 Crumb for every loaf.
- 30 Crumbs buy a tart.
- Crumbs expire after 18 months.
"""
BOOK = FactBook.from_documents(split_sections(FACTS, path="bakery.md"))


def texts(report: ClaimReport) -> tuple[list[str], list[str], list[str]]:
    return (
        [claim.text for claim in report.matched],
        [claim.text for claim in report.contradicted],
        [claim.text for claim in report.unmatched],
    )


@pytest.mark.parametrize(
    ("text", "matched", "wrong"),
    [
        ("Your cake leaves our bakery within 2 business days.", ["2 business days"], []),
        ("Your cake leaves our bakery within 4 business days.", [], ["4 business days"]),
        ("Orders over £40 have free delivery.", ["£40"], []),
        ("Orders over £60 have free delivery.", [], ["£60"]),
        ("Place the order before 1 pm and it is baked the same day.", [], ["1 pm"]),
        ("Sourdough keeps five days in its paper bag.", ["five days"], []),
        ("Keep the sourdough in a paper bag for 9 days.", [], ["9 days"]),
        ("Crumbs expire after 12 months.", [], ["12 months"]),
        ("Your Crumbs expire after a year and a half.", [], []),
        ("50 Crumbs buy a tart.", [], ["50 Crumbs"]),
        ("I waited 25 minutes at the door.", [], []),
        ("See you in 3 days!", [], []),
    ],
)
def test_verdicts(text: str, matched: list[str], wrong: list[str]) -> None:
    found = texts(BOOK.check(text))
    assert (found[0], found[1]) == (matched, wrong)


def test_a_contradiction_names_its_fact_and_place() -> None:
    text = "Good news. Butter cakes keep for 6 weeks in the freezer."
    claim = BOOK.check(text).contradicted[0]
    assert text[claim.start : claim.end] == "6 weeks"
    assert claim.fact_path == "bakery.md" and claim.expected == "Butter cakes keep for 3 weeks in the freezer."
    assert {"cake", "freez"} <= set(claim.overlap)


def test_the_customers_own_numbers_are_left_alone() -> None:
    text = "You are right, sourdough kept in a paper bag for 9 days goes stale."
    assert BOOK.check(text).contradicted
    assert not BOOK.check(text, context="my sourdough sat in its bag for 9 days").contradicted


def test_equivalent_units_agree() -> None:
    assert BOOK.check("Butter cakes keep for 21 days in the freezer.").matched


def test_no_facts_no_findings() -> None:
    assert FactBook().check("It costs $5.") == ClaimReport()


@pytest.mark.parametrize(
    ("text", "unit", "low", "high"),
    [
        ("3-5 days", "time", 3 * 1440, 5 * 1440),
        ("between 3 and 5 days", "time", 3 * 1440, 5 * 1440),
        ("a 30-minute wait", "time", 30, 30),
        ("twelve working days", "business time", 12 * 1440, 12 * 1440),
        ("$1,250.50", "usd", 1250.5, 1250.5),
        ("20 euros", "eur", 20, 20),
        ("15 %", "share", 15, 15),
        ("1.5 kg", "mass", 1500, 1500),
        ("750g", "mass", 750, 750),
        ("12 am", "clock", 0, 0),
    ],
)
def test_quantities(text: str, unit: str, low: float, high: float) -> None:
    (found,) = quantities(text)
    assert (found.unit, found.low, found.high) == (unit, pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize(
    "text", ["order 4821", "LK-4821", "the Fernway 2 Tent", "2024-05-02", "[ORDER_ID_2] days", "", "😀 5", "a b"]
)
def test_bare_numbers_are_no_quantities(text: str) -> None:
    assert quantities(text) == []


@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", ["1", "1 ", "a", "$", "1,", "5 to ", "one ", "-", ".", "\n"])
def test_linear_time(unit: str) -> None:
    BOOK.check((unit * 200_000)[:200_000])
