"""The words of exports: how column names are compared, and the trait names that we know."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """One thing a row can say.

    Attributes:
        columns: Common column names for it, the most telling first.
        also: Other names under which `fields` may map it.
        required: Whether a row makes no sense without it.
    """

    columns: tuple[str, ...]
    also: tuple[str, ...] = ()
    required: bool = False


def words(text: str) -> frozenset[str]:
    """The words of a text; keeps long word lists readable."""
    return frozenset(text.split())


def field(columns: str, *, also: str = "", required: bool = False) -> Field:
    return Field(columns=tuple(columns.split()), also=tuple(also.split()), required=required)


_TRAITS = {
    "first_name": "first_name given_name forename firstname",
    "last_name": "last_name family_name surname lastname",
    "name": "name full_name fullname display_name customer_name contact_name",
    "street": "street street_address address address_line_1 address1 street_address_line_1 address_line1",
    "city": "city town city_town",
    "postal_code": "postal_code zip zip_code postcode post_code zipcode",
    "state": "state province region state_province",
    "country": "country country_code",
    "birth_date": "birth_date date_of_birth birthday dob birthdate",
}


def plain(name: str) -> str:
    """A column name without case, separators and accents of style.

    >>> plain("Customer ID") == plain("customerId") == plain("customer-id")
    True
    """
    return re.sub(r"[\W_]+", "", name).lower()


TRAIT_NAMES = {plain(column): trait for trait, columns in _TRAITS.items() for column in columns.split()}
"""Plain column name to the trait name that profiles and the personal-data matcher know."""
