"""Fields that several kinds of rows share: people, times, outcomes. See `row_fields`."""

from brandtune.sources.vocabulary import field

USER = "customer_id user_id client_id member_id contact_id shopper_id person_id subscriber_id crm_id customer_number"
PEOPLE = {
    "subject": field(f"{USER} customer", also="user_id customer_id"),
    "email": field("email email_address e_mail customer_email user_email contact_email requester_email mail"),
    "phone": field("phone phone_number mobile mobile_number telephone tel phone_num customer_phone cell msisdn"),
    "anonymous_id": field("anonymous_id device_id visitor_id cookie_id guest_id"),
    "zendesk_id": field("zendesk_id zendesk_user_id"),
    # Only columns that name training: a marketing consent must never be read as one.
    "consent": field(
        "model_training_consent training_consent consent_model_training ai_training_consent model_training"
    ),
    "consent_at": field(
        "consent_updated_at consent_at consent_date consent_time consent_timestamp model_training_consent_at "
        "training_consent_at consent_given_at"
    ),
}
TIME = "created_at timestamp occurred_at date datetime time sent_at created created_on updated_at"
CONVERSATION_ID = (
    "conversation_id ticket_id thread_id dialogue_id dialog_id chat_id session_id case_id convo_id conversation ticket "
    "interaction_id call_id"
)
PRODUCT = "product_id product sku product_handle handle item_id item variant_sku product_name stock_code asin"
OUTCOME = {
    "status": field("status ticket_status conversation_status state case_status"),
    "resolved": field("resolved is_resolved solved is_solved completion outcome"),
    "reopened": field("reopened is_reopened reopens reopen_count"),
    "csat": field(
        "csat csat_score satisfaction satisfaction_score satisfaction_rating customer_satisfaction "
        "conversation_rating rating"
    ),
    "tags": field("tags labels topics categories category intent"),
    "subject_line": field("subject_line subject title topic"),
}
