"""What each kind of row can say (`our_name`) and the column names that exports commonly use for it."""

from typing import Literal, get_args

from brandtune.sources.shared_fields import CONVERSATION_ID, OUTCOME, PEOPLE, PRODUCT, TIME, USER
from brandtune.sources.text_row_fields import TEXT_FIELDS
from brandtune.sources.vocabulary import Field, field

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
    "mention",
    "social_post",
    "edit",
    "comparison",
    "rating",
    "faq",
    "asset",
    "translation",
]
MAPS_TO: tuple[str, ...] = get_args(MapsTo)

FIELDS: dict[str, dict[str, Field]] = {
    "profile": {
        "id": field(f"{USER} id uuid", also="subject user_id customer_id"),
        **{name: field for name, field in PEOPLE.items() if name != "subject"},
        "time": field("updated_at last_modified modified_at last_updated created_at signup_date created_on created"),
    },
    "event": {
        "name": field("event event_name action activity activity_type event_type name type", required=True),
        "id": field("message_id event_id id uuid"),
        "type": field("call_type"),
        "time": field(f"{TIME} event_time event_timestamp original_timestamp"),
        **PEOPLE,
    },
    "conversation": {
        "turns": field(
            "turns messages conversations dialogue dialog original transcript utterances chat history thread comments "
            "log conversation text body"
        ),
        "customer_text": field("customer_text customer_message user_message inbound_text question_text"),
        "agent_text": field("agent_text agent_reply agent_response agent_message outbound_text answer_text"),
        "id": field(f"{CONVERSATION_ID} id"),
        **OUTCOME,
        "time": field(TIME),
        **PEOPLE,
    },
    "message": {
        "id": field(f"{CONVERSATION_ID} id", also="conversation_id", required=True),
        "role": field(
            "role author_type speaker sender_type sender from author direction inbound participant", required=True
        ),
        "text": field("text body message content comment utterance message_text message_body msg", required=True),
        "time": field(f"{TIME} message_time received_at"),
        "author": field("author_id sender_id agent_id agent_name author_name"),
        **OUTCOME,
        **PEOPLE,
    },
    "campaign": {
        "campaign": field(
            "campaign_id campaign campaign_name campaign_title test_id experiment_id id name", also="id", required=True
        ),
        "variant": field("variant variation variant_id variation_name variation_id version ab_variant combination"),
        "channel": field("channel campaign_channel message_channel medium"),
        "audience": field("audience segment list audience_name list_name segment_name lists"),
        "product": field(PRODUCT),
        "offer": field("offer promotion promo discount coupon"),
        "subject_line": field("subject subject_line email_subject headline title", also="subject"),
        "preheader": field("preheader preview_text preview pre_header excerpt"),
        "body": field("body body_text text content copy message html body_html lede plain_text", also="text"),
        "sends": field(
            "sends sent recipients total_recipients emails_sent delivered successful_deliveries deliveries "
            "impressions sent_count"
        ),
        "opens": field("opens unique_opens opened total_opens unique_open open_count"),
        "clicks": field("clicks unique_clicks clicked total_clicks unique_click click_count"),
        "conversions": field(
            "conversions orders placed_order unique_placed_order purchases converted conversion_count"
        ),
        "open_rate": field("open_rate unique_open_rate"),
        "click_rate": field("click_rate unique_click_rate ctr"),
        "conversion_rate": field("conversion_rate cvr placed_order_rate"),
        "time": field(f"send_time sent_at send_date sent_date {TIME}"),
    },
    "product": {
        "id": field("handle product_id sku id product_handle", also="handle", required=True),
        "title": field("title name product_name product_title", required=True),
        "text": field("description body_html body text product_description long_description", also="description"),
        "type": field("type product_type category product_category department"),
        "price": field("price variant_price unit_price list_price amount"),
        "currency": field("currency currency_code"),
        "time": field("updated_at published_at created_at"),
    },
    "purchase": {
        "id": field(
            "order_id order purchase_id transaction_id basket_id invoice invoice_no order_number id",
            also="order",
            required=True,
        ),
        "product": field(f"{PRODUCT} description"),
        "quantity": field("quantity qty units count num_items"),
        "unit_price": field("unit_price price item_price amount total_price sales_value total"),
        "currency": field("currency currency_code"),
        "status": field("status order_status state financial_status fulfillment_status"),
        "time": field(f"ordered_at order_date purchased_on purchase_date invoice_date {TIME}"),
        **PEOPLE,
    },
    "review": {
        "text": field("text review_text body review_body review content comment message", also="body", required=True),
        "id": field("review_id id"),
        "product": field(PRODUCT),
        "title": field("title review_title headline summary"),
        "rating": field("rating stars score review_rating star_rating"),
        "time": field(f"review_date {TIME}"),
        **PEOPLE,
    },
    "survey": {
        "text": field("answer response text comment feedback verbatim free_text open_answer", also="answer"),
        "id": field("response_id survey_response_id submission_id survey_id id"),
        "question": field("question question_text prompt item"),
        "score": field("score rating nps csat value"),
        "time": field(f"submitted_at answered_at asked_at {TIME}"),
        **PEOPLE,
    },
    "label": {
        "text": field("text message utterance query body content sentence question input comment", required=True),
        "label": field("label intent category class target topic tag sentiment label_name", required=True),
        "id": field("id example_id uuid"),
        "time": field(TIME),
        **PEOPLE,
    },
    "pair": {
        "prompt": field("prompt instruction question input query request user_input source user", required=True),
        "completion": field("completion response answer output reply target chosen assistant summary", required=True),
        "context": field("input context passage"),
        "system": field("system system_prompt system_message"),
        "id": field("id example_id uuid idx"),
        "time": field(TIME),
        **PEOPLE,
    },
    **TEXT_FIELDS,
}
OPEN_ENDED = frozenset({"profile", "event", "product"})
"""Rows whose other columns are kept too (traits, properties, attributes), so `fields` may also rename those."""


def canonical(maps_to: str, name: str) -> str | None:
    """The field that `name` means in `fields`, or None when there is no such field."""
    for ours, each in FIELDS[maps_to].items():
        if name == ours or name in each.also:
            return ours
    return None
