"""Check digits, against numbers that the standards and agencies publish."""

import random

import pytest

from brandtune.scoring.personal import checks


@pytest.mark.parametrize(
    ("check", "right"),
    [
        (checks.luhn, "4111111111111111"),
        (checks.iban, "GB82 WEST 1234 5698 7654 32"),
        (checks.nhs, "943 476 5919"),
        (checks.pesel, "44051401359"),
        (checks.aadhaar, "234123412346"),
        (checks.abn, "51 824 753 556"),
        (checks.dni, "12345678Z"),
        (checks.dni, "X1234567L"),
        (checks.codice_fiscale, "RSSMRA85T10A562S"),
        (checks.nric, "S1234567D"),
        (checks.dea, "BB1388568"),
        (checks.bitcoin, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        (checks.bitcoin, "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"),
        (checks.bitcoin, "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr"),
    ],
)
def test_right_numbers_pass_and_one_wrong_character_fails(check: object, right: str) -> None:
    assert check(right)  # type: ignore[operator]
    chance, failed = random.Random(0), 0
    places = [i for i, c in enumerate(right) if c.isdigit() and i > 3]
    for _ in range(20):
        at = chance.choice(places)
        wrong = f"{right[:at]}{(int(right[at]) + chance.randint(1, 9)) % 10}{right[at + 1 :]}"
        failed += not check(wrong)  # type: ignore[operator]
    assert failed >= 17


@pytest.mark.parametrize(
    "never", ["000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567", "123-45-0000", "078-05-1120"]
)
def test_social_security_numbers_that_are_never_given_out(never: str) -> None:
    assert not checks.ssn(never) and checks.ssn("536-22-1234")


def test_luhn_and_iban_against_arithmetic_done_otherwise() -> None:
    chance = random.Random(1)
    for _ in range(300):
        number = "".join(chance.choice("0123456789") for _ in range(16))
        odd, even = number[-1::-2], number[-2::-2]
        total = sum(map(int, odd)) + sum(sum(divmod(2 * int(d), 10)) for d in even)
        assert checks.luhn(number) == (total % 10 == 0)
