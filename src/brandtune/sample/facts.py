"""The numbers the house may state, one row a fact: its text, the file that says so, and a wrong value to plant.

The replies use them as slots; a test checks that each text stands in `files/facts/`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """One checkable claim."""

    key: str
    text: str
    file: str
    wrong: tuple[str, ...]


_ROWS = """
return_window    | 45 days              | returns.md  | 30 days, 60 days, 90 days
exchange_ship    | 2 business days      | returns.md  | 5 business days, 8 business days
refund_time      | 7 days               | returns.md  | 3 days, 21 days
bank_time        | 2 more business days | returns.md  | 10 more business days
worn_share       | 50%                  | returns.md  | 80%, 25%
std_ship         | 3 to 5 business days | shipping.md | 7 to 9 business days, 1 to 2 business days
express_ship     | 2 business days      | shipping.md | 4 business days
express_cost     | $12                  | shipping.md | $20, $5
free_over        | $75                  | shipping.md | $50, $120
cutoff           | 2 pm                 | shipping.md | 5 pm, 11 am
track_wake       | 24 hours             | shipping.md | 72 hours
lost_after       | 10 business days     | shipping.md | 20 business days, 5 business days
depot_hold       | 6 days               | shipping.md | 12 days
report_window    | 14 days              | shipping.md | 5 days, 30 days
split_gap        | 3 days               | shipping.md | 8 days
change_window    | 60 minutes           | shipping.md | 24 minutes, 90 minutes
toe_room         | 1 cm                 | sizing.md   | 3 cm
leg_regular      | 81 cm                | sizing.md   | 76 cm
leg_long         | 86 cm                | sizing.md   | 94 cm
palm             | 20 to 22 cm          | sizing.md   | 15 to 17 cm
hat_range        | 54 to 60 cm          | sizing.md   | 50 to 52 cm
sock_medium      | 6 to 8               | sizing.md   | 3 to 5
sock_large       | 9 to 12              | sizing.md   | 11 to 13
promise_life     | 5 years              | warranty.md | 2 years, 10 years
claim_answer     | 3 business days      | warranty.md | 15 business days
bench_time       | 10 business days     | repairs.md  | 25 business days, 3 business days
zip_fee          | $15                  | repairs.md  | $30, $9
tear_fee         | $25                  | repairs.md  | $45, $10
quote_time       | 2 business days      | repairs.md  | 6 business days
kit_cost         | $8                   | repairs.md  | $19
way_value        | $5                   | loyalty.md  | $10, $2
way_credit       | 48 hours             | loyalty.md  | 12 hours, 96 hours
way_life         | 24 months            | loyalty.md  | 12 months, 36 months
way_claim        | 90 days              | loyalty.md  | 30 days
ranger_from      | 500 Waypoints        | loyalty.md  | 800 Waypoints
summit_from      | 1,500 Waypoints      | loyalty.md  | 2,500 Waypoints
hold_time        | 48 hours             | stores.md   | 12 hours
collect_time     | 4 hours              | stores.md   | 1 hour
restock          | 4 weeks              | stores.md   | 10 weeks
waitlist_hold    | 24 hours             | stores.md   | 6 hours
card_mail        | 30 minutes           | payment.md  | 10 minutes
card_life        | 36 months            | payment.md  | 12 months
last_digits      | 4 digits             | payment.md  | 8 digits
wash_heat        | 30 degrees           | care.md     | 60 degrees
fleece_heat      | 40 degrees           | care.md     | 60 degrees
reproof          | 10 washes            | care.md     | 25 washes
tumble_wake      | 20 minutes           | care.md     | 60 minutes
down_dry         | 3 hours              | care.md     | 8 hours
tent_dry         | 24 hours             | care.md     | 4 hours
boot_dry         | 48 hours             | care.md     | 6 hours
wax_every        | 8 weeks              | care.md     | 20 weeks
backflush        | 10 litres            | care.md     | 50 litres
link_life        | 30 minutes           | account.md  | 2 hours
lock_tries       | 5 wrong tries        | account.md  | 9 wrong tries
lock_time        | 20 minutes           | account.md  | 3 hours
code_size        | 6 digit              | account.md  | 4 digit
"""


def _read() -> dict[str, Fact]:
    rows = ([cell.strip() for cell in line.split("|")] for line in _ROWS.strip().splitlines())
    return {key: Fact(key, text, file, tuple(wrong.split(", "))) for key, text, file, wrong in rows}


FACTS: dict[str, Fact] = _read()
SLOTS: dict[str, str] = {fact.key: fact.text for fact in FACTS.values()}

FILES_FOR = {
    "return": ("returns.md",),
    "exchange_size": ("returns.md",),
    "refund_status": ("returns.md",),
    "late_delivery": ("shipping.md",),
    "damaged_item": ("shipping.md",),
    "missing_item": ("shipping.md",),
    "warranty_claim": ("warranty.md",),
    "repair": ("repairs.md",),
    "sizing_advice": ("sizing.md",),
    "product_care": ("care.md",),
    "order_change": ("shipping.md",),
    "order_cancel": ("shipping.md",),
    "stock_question": ("stores.md",),
    "loyalty_points": ("loyalty.md",),
    "password_login": ("account.md",),
    "gift_card": ("payment.md",),
}
