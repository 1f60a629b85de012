"""What each kind of row can say (`our_name`) and the column names that exports commonly use for it."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

MapsTo = Literal[
    "profile",
    "event",
    "conversation",
    "message",
    "campaign",
    "product",
    "purchase",
    "review",
    "survey",
    "label",
    "pair",
]
MAPS_TO: tuple[str, ...] = get_args(MapsTo)


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


def _field(columns: str, *, also: str = "", required: bool = False) -> Field:
    return Field(columns=tuple(columns.split()), also=tuple(also.split()), required=required)


_USER = "customer_id user_id client_id member_id contact_id shopper_id person_id subscriber_id crm_id customer_number"
_PEOPLE = {
    "subject": _field(f"{_USER} customer", also="user_id customer_id"),
    "email": _field("email email_address e_mail customer_email user_email contact_email requester_email mail"),
    "phone": _field("phone phone_number mobile mobile_number telephone tel phone_num customer_phone cell msisdn"),
    "anonymous_id": _field("anonymous_id device_id visitor_id cookie_id guest_id"),
    "zendesk_id": _field("zendesk_id zendesk_user_id"),
    # Only columns that name training: a marketing consent must never be read as one.
    "consent": _field(
        "model_training_consent training_consent consent_model_training ai_training_consent model_training"
    ),
    "consent_at": _field(
        "consent_updated_at consent_at consent_date consent_time consent_timestamp model_training_consent_at "
        "training_consent_at consent_given_at"
    ),
}
_TIME = "created_at timestamp occurred_at date datetime time sent_at created created_on updated_at"
_CONVERSATION_ID = (
    "conversation_id ticket_id thread_id dialogue_id dialog_id chat_id session_id case_id convo_id conversation ticket "
    "interaction_id call_id"
)
_PRODUCT = "product_id product sku product_handle handle item_id item variant_sku product_name stock_code asin"
_OUTCOME = {
    "status": _field("status ticket_status conversation_status state case_status"),
    "resolved": _field("resolved is_resolved solved is_solved completion outcome"),
    "reopened": _field("reopened is_reopened reopens reopen_count"),
    "csat": _field(
        "csat csat_score satisfaction satisfaction_score satisfaction_rating customer_satisfaction "
        "conversation_rating rating"
    ),
    "tags": _field("tags labels topics categories category intent"),
    "subject_line": _field("subject_line subject title topic"),
}

FIELDS: dict[str, dict[str, Field]] = {
    "profile": {
        "id": _field(f"{_USER} id uuid", also="subject user_id customer_id"),
        **{name: field for name, field in _PEOPLE.items() if name != "subject"},
        "time": _field("updated_at last_modified modified_at last_updated created_at signup_date created_on created"),
    },
    "event": {
        "name": _field("event event_name action activity activity_type event_type name type", required=True),
        "id": _field("message_id event_id id uuid"),
        "type": _field("call_type"),
        "time": _field(f"{_TIME} event_time event_timestamp original_timestamp"),
        **_PEOPLE,
    },
    "conversation": {
        "turns": _field(
            "turns messages conversations dialogue dialog original transcript utterances chat history thread comments "
            "log conversation text body"
        ),
        "customer_text": _field("customer_text customer_message user_message inbound_text question_text"),
        "agent_text": _field("agent_text agent_reply agent_response agent_message outbound_text answer_text"),
        "id": _field(f"{_CONVERSATION_ID} id"),
        **_OUTCOME,
        "time": _field(_TIME),
        **_PEOPLE,
    },
    "message": {
        "id": _field(f"{_CONVERSATION_ID} id", also="conversation_id", required=True),
        "role": _field(
            "role author_type speaker sender_type sender from author direction inbound participant", required=True
        ),
        "text": _field("text body message content comment utterance message_text message_body msg", required=True),
        "time": _field(f"{_TIME} message_time received_at"),
        "author": _field("author_id sender_id agent_id agent_name author_name"),
        **_OUTCOME,
        **_PEOPLE,
    },
    "campaign": {
        "campaign": _field(
            "campaign_id campaign campaign_name campaign_title test_id experiment_id id name", also="id", required=True
        ),
        "variant": _field("variant variation variant_id variation_name variation_id version ab_variant combination"),
        "channel": _field("channel campaign_channel message_channel medium"),
        "audience": _field("audience segment list audience_name list_name segment_name lists"),
        "product": _field(_PRODUCT),
        "offer": _field("offer promotion promo discount coupon"),
        "subject_line": _field("subject subject_line email_subject headline title", also="subject"),
        "preheader": _field("preheader preview_text preview pre_header excerpt"),
        "body": _field("body body_text text content copy message html body_html lede plain_text", also="text"),
        "sends": _field(
            "sends sent recipients total_recipients emails_sent delivered successful_deliveries deliveries "
            "impressions sent_count"
        ),
        "opens": _field("opens unique_opens opened total_opens unique_open open_count"),
        "clicks": _field("clicks unique_clicks clicked total_clicks unique_click click_count"),
        "conversions": _field(
            "conversions orders placed_order unique_placed_order purchases converted conversion_count"
        ),
        "time": _field(f"send_time sent_at send_date sent_date {_TIME}"),
    },
    "product": {
        "id": _field("handle product_id sku id product_handle", also="handle", required=True),
        "title": _field("title name product_name product_title", required=True),
        "text": _field("description body_html body text product_description long_description", also="description"),
        "type": _field("type product_type category product_category department"),
        "price": _field("price variant_price unit_price list_price amount"),
        "currency": _field("currency currency_code"),
        "time": _field("updated_at published_at created_at"),
    },
    "purchase": {
        "id": _field(
            "order_id order purchase_id transaction_id basket_id invoice invoice_no order_number id",
            also="order",
            required=True,
        ),
        "product": _field(f"{_PRODUCT} description"),
        "quantity": _field("quantity qty units count num_items"),
        "unit_price": _field("unit_price price item_price amount total_price sales_value total"),
        "currency": _field("currency currency_code"),
        "status": _field("status order_status state financial_status fulfillment_status"),
        "time": _field(f"ordered_at order_date purchased_on purchase_date invoice_date {_TIME}"),
        **_PEOPLE,
    },
    "review": {
        "text": _field("text review_text body review_body review content comment message", also="body", required=True),
        "id": _field("review_id id"),
        "product": _field(_PRODUCT),
        "title": _field("title review_title headline summary"),
        "rating": _field("rating stars score review_rating star_rating"),
        "time": _field(f"review_date {_TIME}"),
        **_PEOPLE,
    },
    "survey": {
        "text": _field("answer response text comment feedback verbatim free_text open_answer", also="answer"),
        "id": _field("response_id survey_response_id submission_id survey_id id"),
        "question": _field("question question_text prompt item"),
        "score": _field("score rating nps csat value"),
        "time": _field(f"submitted_at answered_at asked_at {_TIME}"),
        **_PEOPLE,
    },
    "label": {
        "text": _field("text message utterance query body content sentence question input comment", required=True),
        "label": _field("label intent category class target topic tag sentiment label_name", required=True),
        "id": _field("id example_id uuid"),
        "time": _field(_TIME),
        **_PEOPLE,
    },
    "pair": {
        "prompt": _field("prompt instruction question input query request user_input source user", required=True),
        "completion": _field("completion response answer output reply target chosen assistant summary", required=True),
        "context": _field("input context passage"),
        "system": _field("system system_prompt system_message"),
        "id": _field("id example_id uuid idx"),
        "time": _field(_TIME),
        **_PEOPLE,
    },
}
OPEN_ENDED = frozenset({"profile", "event", "product"})
"""Rows whose other columns are kept too (traits, properties, attributes), so `fields` may also rename those."""

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


def canonical(maps_to: str, name: str) -> str | None:
    """The field that `name` means in `fields`, or None when there is no such field."""
    for ours, field in FIELDS[maps_to].items():
        if name == ours or name in field.also:
            return ours
    return None
