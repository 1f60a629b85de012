"""Rows about texts in public and about texts that people wrote, chose, corrected or translated; part of `row_fields`."""

from brandtune.sources.shared_fields import PEOPLE, PRODUCT, TIME
from brandtune.sources.vocabulary import Field, field

_PLATFORM = field("platform network social_network channel source site media_type")
_TURNS = field("messages turns conversation dialogue history context_messages")
_PROMPT = field("prompt instruction question query request user_input")
_SYSTEM = field("system system_prompt system_message")
_ID = field("id example_id uuid idx task_id")

TEXT_FIELDS: dict[str, dict[str, Field]] = {
    "mention": {
        "text": field(
            "text mention mention_text content snippet message full_text body tweet post comment opening_text "
            "hit_sentence",
            required=True,
        ),
        "id": field("mention_id id post_id tweet_id document_id"),
        "platform": _PLATFORM,
        "sentiment": field("sentiment sentiment_label tone polarity"),
        "likes": field("likes like_count favorite_count favourites favorites reactions facebook_likes"),
        "shares": field("shares share_count retweets retweet_count reposts repost_count"),
        "replies": field("replies reply_count comments comment_count num_comments"),
        "time": field(f"published_at post_date {TIME}"),
        **PEOPLE,
        "anonymous_id": field("author_handle handle screen_name username author_id anonymous_id"),
    },
    "social_post": {
        "text": field("text post post_text caption message content copy body post_message title", required=True),
        "id": field("post_id id permalink status_id tweet_id"),
        "platform": _PLATFORM,
        "campaign": field("campaign campaign_id campaign_name utm_campaign test_id"),
        "variant": field("variant variation ab_variant version variant_id"),
        "audience": field("audience segment targeting audience_name"),
        "product": field(PRODUCT),
        "offer": field("offer promotion promo discount coupon"),
        "impressions": field("impressions views reach organic_impressions total_impressions lifetime_post_impressions"),
        "engagements": field("engagements engagement total_engagements interactions engaged_users"),
        "clicks": field("clicks link_clicks url_clicks post_clicks post_link_clicks"),
        "time": field(f"published_at publish_time post_date date_posted {TIME}"),
    },
    "edit": {
        "draft": field(
            "draft original generated ai_draft model_output suggestion before original_text draft_text suggested_text",
            required=True,
        ),
        "published": field(
            "published final edited corrected after human_edit sent_text final_text edited_text published_text approved_text",
            also="final",
            required=True,
        ),
        "brief": field("brief prompt instruction input context question customer_text"),
        "system": _SYSTEM,
        "id": _ID,
        "time": field(f"published_at {TIME}"),
        **PEOPLE,
    },
    "comparison": {
        "chosen": field(
            "chosen preferred preferred_output winner better chosen_response preferred_response", required=True
        ),
        "rejected": field(
            "rejected non_preferred_output dispreferred loser worse rejected_response other_response", required=True
        ),
        "turns": _TURNS,
        "prompt": field(f"{' '.join(_PROMPT.columns)} input"),
        "system": _SYSTEM,
        "id": _ID,
        "time": field(TIME),
        **PEOPLE,
    },
    "rating": {
        "answer": field("answer response completion output reply generated", required=True),
        "good": field(
            "good label thumbs thumbs_up feedback rating is_good liked helpful vote verdict",
            also="rating",
            required=True,
        ),
        "turns": _TURNS,
        "prompt": field(f"{' '.join(_PROMPT.columns)} input"),
        "system": _SYSTEM,
        "id": _ID,
        "time": field(TIME),
        **PEOPLE,
    },
    "faq": {
        "question": field("question faq title query q", required=True),
        "answer": field("answer response body a content reply", required=True),
        "topic": field("topic category section theme tag"),
        "id": field("faq_id article_id id"),
        "time": field(TIME),
    },
    "asset": {
        "text": field("text asset content copy body asset_text draft", required=True),
        "verdict": field("verdict decision status outcome review_status compliance approval result", required=True),
        "rule": field("rule rule_id violated_rule policy guideline"),
        "reason": field("reason comment reviewer_comment explanation rationale note notes"),
        "channel": field("channel medium format"),
        "id": field("asset_id id"),
        "time": field(f"reviewed_at {TIME}"),
    },
    "translation": {
        "source": field("source source_text original src source_segment en english", required=True),
        "target": field("target target_text translation translated localized tgt target_segment", required=True),
        "source_locale": field("source_locale source_language source_lang srclang from_locale from_language"),
        "target_locale": field("target_locale target_language target_lang locale language to_locale to_language"),
        "glossary": field("glossary terms termbase terminology"),
        "id": field("segment_id string_id key id"),
        "time": field(TIME),
    },
}
