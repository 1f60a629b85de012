"""Choosing what to do next for a customer: from what was done, what was known then, and what came of it.

The label is the action that was taken and worked. The state holds only what was on record before it; see `customer_state`.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from brandtune.core.brand import Brand
from brandtune.core.examples import Example
from brandtune.core.history import History
from brandtune.core.ids import content_id
from brandtune.core.records import Event, Purchase, Record
from brandtune.core.tasks.base import LABEL_METRICS, answered, asked
from brandtune.core.tasks.customer_state import moment, plain_value, state_before
from brandtune.core.tasks.label import Label, readable

ACTION_EVENTS = (
    "Offer Sent", "Action Taken", "Email Sent", "Email Delivered", "Campaign Sent", "Push Notification Sent",
    "SMS Sent", "Coupon Sent", "Promotion Sent", "Call Made",
)  # fmt: skip
ACTION_PROPERTIES = ("action", "offer", "treatment", "campaign_type", "template")
CONVERSION_EVENTS = ("Order Completed", "Purchase", "Subscription Started", "Trial Converted", "Checkout Completed")
CHURN_EVENTS = ("Subscription Cancelled", "Account Closed", "Account Deleted", "Churned", "Unsubscribed")
_UNDONE = frozenset(["cancelled", "canceled", "returned", "refunded", "voided", "failed"])


class NextBestAction(Label):
    """The action to take next, from actions that worked."""

    kind: Literal["next_best_action"] = "next_best_action"  # type: ignore[assignment]
    """Which task."""
    what: str = "next action"
    """What the label says."""
    outcome: Literal["conversion", "retention"] = "conversion"
    """What counts as having worked: an order within the window, or staying a customer beyond it."""
    learn: Literal["actions", "purchases"] = "actions"
    """`actions`: what the company did, from `action_events`. `purchases`: what the customer bought next, where the
    company's own actions are not on record."""
    action_events: tuple[str, ...] = ACTION_EVENTS
    """Names of the events that say what the company did."""
    action_properties: tuple[str, ...] = ACTION_PROPERTIES
    """Properties that name the action, the first one present counts; without any, the event's name is the action."""
    conversion_events: tuple[str, ...] = CONVERSION_EVENTS
    """Names of the events that count as a conversion; purchases always do."""
    churn_events: tuple[str, ...] = CHURN_EVENTS
    """Names of the events by which a customer leaves."""
    window_days: int = Field(default=14, ge=1, le=365)
    """How many days after the action its outcome is looked for."""
    traits: tuple[str, ...] = ()
    """Traits that may stand in the state, from records dated before the action only. Name none that an export overwrites:
    today's value would give the future away."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """Accuracy on actions that worked is the hit rate; the lift needs logged propensities."""
        return (*LABEL_METRICS, "hit_rate", "lift")

    @property
    def history_kinds(self) -> frozenset[str]:
        return frozenset({"Event", "Purchase", *(["Profile"] if self.traits else [])})

    def system_prompt(self, brand: Brand) -> str:
        return self._with_instructions(f"You choose the {self.what} for a customer of {brand.name}.")

    def examples(self, record: Record, brand: Brand) -> list[Example]:
        return []

    def why_not(self, record: Record, brand: Brand) -> str:
        return ""

    def examples_of_history(self, history: History, brand: Brand) -> list[Example]:
        dated = [record for record in history.records if record.occurred_at is not None]
        if self.learn == "purchases":
            return self._next_purchases(dated, history, brand)
        actions = [(record, self._action(record.payload)) for record in dated if self._is_action(record.payload)]
        found: list[Example] = []
        for number, (record, action) in enumerate(actions):
            until = moment(actions[number + 1][0]) if number + 1 < len(actions) else None
            proof = self._proof(record, until, dated)
            if proof is not None and (made := self._example(record, action, proof, dated, history, brand)):
                found.append(made)
        return found

    def _next_purchases(self, dated: Sequence[Record], history: History, brand: Brand) -> list[Example]:
        """One example for each time something was bought, even when several things were."""
        found: dict[datetime, Example] = {}
        for record in dated:
            if isinstance(record.payload, Purchase) and _bought(record.payload) and moment(record) not in found:
                made = self._example(record, plain_value(record.payload.product), None, dated, history, brand)
                if made:
                    found[moment(record)] = made
        return list(found.values())

    def _example(
        self, record: Record, action: str, proof: Record | None, dated: Sequence[Record], history: History, brand: Brand
    ) -> Example | None:
        label = readable(action)
        closed = self.labels == "auto" or action in self.labels or label in {readable(name) for name in self.labels}
        state = state_before(record, dated, self)
        if not closed or not label or state is None:
            return None
        told, used = state
        sources = dict.fromkeys([record.record_id, *used, *([proof.record_id] if proof else [])])
        messages = answered(asked(self.system_prompt(brand), told), label)
        return Example(
            example_id=content_id([self.kind, record.record_id]),
            task=self.kind,
            messages=messages,
            target=len(messages) - 1,
            label=label,
            subject=history.subject.subject_id,
            source_record_ids=tuple(sources),
            origin=record.origin,
            # Whether it worked is known only then, so a split by time goes by the outcome.
            occurred_at=(proof or record).occurred_at,
            facts=self._facts(record, proof),
        )

    def _facts(self, record: Record, proof: Record | None) -> dict[str, str]:
        """How the example may be read: what came of the action, and with what chance it had been chosen."""
        payload = record.payload
        propensity = payload.properties.get("propensity") if isinstance(payload, Event) else None
        known = isinstance(propensity, int | float) and 0 < propensity <= 1
        facts = {"propensity": f"{propensity}" if known else "not logged"}
        if proof is not None:
            days = (moment(proof) - moment(record)).days
            facts["outcome"] = f"{self.outcome} after {days} days"
            facts["attribution"] = "last action before it"
        return facts

    def _is_action(self, payload: object) -> bool:
        return isinstance(payload, Event) and payload.name in self.action_events

    def _action(self, payload: object) -> str:
        """The action's name, empty where it is not a plain word."""
        if not isinstance(payload, Event):
            return ""
        values = (payload.properties.get(name) for name in self.action_properties)
        return next((plain_value(value) for value in values if value), plain_value(payload.name))

    def _proof(self, action: Record, until: datetime | None, dated: Sequence[Record]) -> Record | None:
        """The record that shows that the action worked; each conversion counts for the last action before it only."""
        start = moment(action)
        end = start + timedelta(days=self.window_days)
        first, after = bisect_right(dated, start, key=moment), bisect_right(dated, end, key=moment)
        if self.outcome == "conversion":
            last = bisect_right(dated, min(end, until) if until else end, key=moment)
            return next((dated[n] for n in range(first, last) if self._converts(dated[n])), None)
        if any(self._leaves(dated[n]) for n in range(first, after)):
            return None
        return next((dated[n] for n in range(after, len(dated)) if not self._is_action(dated[n].payload)), None)

    def _converts(self, record: Record) -> bool:
        payload = record.payload
        return _bought(payload) or (isinstance(payload, Event) and payload.name in self.conversion_events)

    def _leaves(self, record: Record) -> bool:
        return isinstance(record.payload, Event) and record.payload.name in self.churn_events


def _bought(payload: object) -> bool:
    return isinstance(payload, Purchase) and payload.status.casefold() not in _UNDONE and payload.quantity > 0
