"""Next best action: the action that worked, the state strictly before it, and nothing from after."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brandtune.core.brand import Brand
from brandtune.core.examples import Example
from brandtune.core.history import History
from brandtune.core.records import Event, Origin, Payload, Profile, Purchase, Record, Subject
from brandtune.core.tasks import NextBestAction

BRAND = Brand(name="Quill")
START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def at(day: float, payload: Payload, name: str = "") -> Record:
    return Record(
        record_id=name or f"{type(payload).__name__}@{day}",
        payload=payload,
        origin=Origin(source="crm"),
        occurred_at=START + timedelta(days=day),
        subject="ana",
    )


def event(event_: str, **properties: object) -> Event:
    return Event(type="track", name=event_, properties=properties)


def offer(action: str, **more: object) -> Event:
    return event("Offer Sent", action=action, **more)


def bought(product: str, order: str = "o1", **more: object) -> Purchase:
    return Purchase(order=order, product=product, **more)  # type: ignore[arg-type]


def learn(*records: Record, **settings: object) -> list[Example]:
    return NextBestAction(**settings).examples_of_history(  # type: ignore[arg-type]
        History(subject=Subject(subject_id="ana"), records=records), BRAND
    )


def test_the_action_that_led_to_an_order_is_learnt_with_what_was_known_before() -> None:
    (example,) = learn(
        at(0, bought("atlas")),
        at(20, event("Product Viewed", category="globes")),
        at(21, offer("ten_percent_off")),
        at(24, bought("globe", "o2")),
    )
    assert [(m.role, m.content) for m in example.messages] == [
        ("system", "You choose the next action for a customer of Quill."),
        (
            "user",
            "Known for: 3 weeks\nOrders: 1, last 3 weeks ago\nBought: atlas\nLooked at: globes\n"
            "Recent: 1 day ago product viewed globes; 3 weeks ago bought atlas",
        ),
        ("assistant", "ten percent off"),
    ]
    assert example.label == "ten percent off"
    assert example.subject == "ana"
    assert example.facts == {
        "propensity": "not logged", "outcome": "conversion after 3 days", "attribution": "last action before it",
    }  # fmt: skip
    assert example.occurred_at == START + timedelta(days=24), "known once the order came"
    assert example.source_record_ids == ("Event@21", "Purchase@0", "Event@20", "Purchase@24")


def test_a_logged_propensity_is_kept_and_nonsense_is_not() -> None:
    before, after = at(0, bought("atlas")), at(9, bought("globe", "o2"))
    for logged, told in ((0.25, "0.25"), (7, "not logged"), ("high", "not logged")):
        (example,) = learn(before, at(8, offer("call", propensity=logged)), after)
        assert example.facts["propensity"] == told


def test_an_action_without_outcome_within_the_window_is_not_learnt() -> None:
    history = (at(0, bought("atlas")), at(1, offer("call")), at(30, bought("globe", "o2")))
    assert learn(*history) == []
    assert len(learn(*history, window_days=29)) == 1


def test_one_order_counts_for_the_last_action_before_it_only() -> None:
    labels = [
        example.label
        for example in learn(
            at(0, bought("atlas")), at(1, offer("call")), at(2, offer("coupon")), at(3, bought("globe", "o2"))
        )
    ]
    assert labels == ["coupon"]


@pytest.mark.parametrize("status", ["cancelled", "Returned", "refunded"])
def test_an_order_that_was_undone_is_no_conversion(status: str) -> None:
    assert learn(at(0, bought("a")), at(1, offer("call")), at(2, bought("b", "o2", status=status))) == []


def test_what_an_order_became_later_does_not_stand_in_the_state() -> None:
    (example,) = learn(at(0, bought("a", status="returned")), at(1, offer("call")), at(2, bought("b", "o2")))
    assert "returned" not in example.messages[1].content


def test_who_knows_nothing_of_the_customer_learns_nothing() -> None:
    assert learn(at(1, offer("call")), at(2, bought("b"))) == []


def test_undated_records_are_never_taken_for_the_past() -> None:
    undated = Record(record_id="u", payload=bought("secret"), origin=Origin(source="crm"))
    (example,) = learn(at(0, bought("a")), at(1, offer("call")), at(2, bought("b", "o2")), undated)
    assert "secret" not in example.messages[1].content
    assert learn(undated) == []


def test_a_wrong_date_in_the_future_moves_nothing_into_the_past() -> None:
    wrong = at(30_000, event("Product Viewed", category="secret"))
    (example,) = learn(at(0, bought("a")), at(1, offer("call")), at(2, bought("b", "o2")), wrong)
    assert "secret" not in example.messages[1].content
    assert learn(at(0, bought("a")), at(29_999, offer("call")), at(30_000, event("Product Viewed"))) == []


def test_a_history_of_many_thousand_records_tells_of_the_last_ones_only() -> None:
    rows = [at(n / 10, event("Product Viewed", category=f"shelf{n % 7}"), f"v{n}") for n in range(6000)]
    rows += [at(600.5, offer("call")), at(601, bought("b"))]
    (example,) = learn(*rows)
    assert len(example.source_record_ids) == 202
    assert "(29 times)" in example.messages[1].content


def test_states_hold_no_names_contacts_or_numbers() -> None:
    personal = event("Product Viewed", category="ana@mail.example", name="Ana Lopez", product_id="4711000815")
    typed = event("Spoke to Ana at +49 170 1234567", email="ana@mail.example")
    signed_in = Event(type="identify", properties={"traits": {"firstName": "Ana"}})
    (example,) = learn(
        at(0, personal), at(0.2, typed), at(0.4, signed_in), at(0.5, Profile(traits={"city": "Bonn"})),
        at(1, offer("call")), at(2, bought("b")),
    )  # fmt: skip
    state = example.messages[1].content
    assert not [word for word in ("ana", "lopez", "mail", "4711", "170", "bonn") if word in state.lower()]
    assert "product viewed" in state


def test_an_action_that_is_no_plain_word_is_no_label() -> None:
    assert learn(at(0, bought("a")), at(1, offer("write to ana@mail.example")), at(2, bought("b", "o2"))) == []


def test_traits_come_from_before_the_action_only() -> None:
    (example,) = learn(
        at(0, Profile(traits={"tier": "Scout", "name": "Ana"})), at(0.5, bought("a")), at(1, offer("call")),
        at(1.5, Profile(traits={"tier": "Summit"})), at(2, bought("b", "o2")), traits=("tier",),
    )  # fmt: skip
    assert "tier: Scout" in example.messages[1].content
    assert "Summit" not in example.messages[1].content
    assert "Ana" not in example.messages[1].content


def test_a_closed_set_of_actions() -> None:
    history = (at(0, bought("a")), at(1, offer("free_kit")), at(2, bought("b", "o2")))
    assert len(learn(*history, labels=("free_kit",))) == len(learn(*history, labels=("free kit",))) == 1
    assert learn(*history, labels=("call",)) == []


def test_retention_is_staying_beyond_the_window() -> None:
    start = (at(0, bought("a")), at(1, offer("call")))
    stayed, left = at(40, event("Product Viewed")), at(5, event("Unsubscribed"))
    (example,) = learn(*start, stayed, outcome="retention")
    assert example.facts["outcome"] == "retention after 39 days"
    assert learn(*start, left, stayed, outcome="retention") == []
    assert learn(*start, at(3, event("Product Viewed")), outcome="retention") == []


def test_next_purchases_where_no_action_is_on_record() -> None:
    same_basket = (at(9, bought("globe", "o2"), "g"), at(9, bought("map", "o2"), "m"))
    (example,) = learn(at(0, bought("atlas")), *same_basket, learn="purchases")
    assert example.label == "globe"
    assert example.facts == {"propensity": "not logged"}
    assert "map" not in example.messages[1].content


ACTS = st.one_of(
    st.sampled_from(["call", "coupon"]).map(offer),
    st.sampled_from(["atlas", "globe"]).map(bought),
    st.sampled_from(["Product Viewed", "Page Closed", "Unsubscribed"]).map(event),
)


@given(st.lists(st.tuples(st.integers(0, 30), ACTS), max_size=12), st.sampled_from(["conversion", "retention"]))
def test_nothing_after_the_action_changes_the_state(acts: list[tuple[int, Payload]], outcome: str) -> None:
    rows = [at(day, payload, f"r{n}") for n, (day, payload) in enumerate(sorted(acts, key=lambda act: act[0]))]
    moments = {row.record_id: row.occurred_at for row in rows}
    for example in learn(*rows, outcome=outcome):
        action, *rest = example.source_record_ids
        now = moments[action]
        cut = [row for row in rows if moments[row.record_id] < now]
        later = [row for row in rest if moments[row] > now]
        assert len(later) <= 1, "only the outcome is from after"
        proof = at(200, bought("proof", "p"))
        action_row = next(row for row in rows if row.record_id == action)
        again = learn(*cut, action_row, proof, outcome=outcome, window_days=100 if outcome == "retention" else 365)
        assert [other.messages for other in again if other.source_record_ids[0] == action] == [example.messages]
