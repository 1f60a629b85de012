"""Conversations and rough texts on which every export is compared with the model it was made from."""

from brandtune.core.examples import Message

_ASKED = (
    ("", "Where is my order? It was due on Tuesday and the tracking page has not moved since.",
     "Sorry about the wait. I have asked the carrier and will write to you by tomorrow noon."),
    ("You answer for Larkspur Outdoor in short, warm sentences.", "Do the Ridge boots run small?",
     "A little. Most people take half a size up."),
    ("Classify the message: refund, delivery or other.", "I sent the jacket back on 3 March, no money yet.", "refund"),
    ("", "Write a subject line for a summer sale on tents, at most 40 characters.", "Sleep out more, pay less"),
    ("Answer from the facts.\n- Returns: within 45 days, unused.", "Kann ich die Jacke noch zurückgeben?",
     "Ja, innerhalb von 45 Tagen."),
    ("", "The code SAVE15 gives me an error: {\"error\": 404}. What now?", "Please try it once more without spaces."),
)  # fmt: skip

CONVERSATIONS: tuple[tuple[Message, ...], ...] = tuple(
    (
        *((Message(role="system", content=system),) if system else ()),
        Message(role="user", content=question),
        Message(role="assistant", content=answer),
    )
    for system, question, answer in _ASKED
)
"""Each ends with an answer, so that the answer's tokens are compared as well as what leads to it."""

ROUGH_TEXTS = (
    "Hello, world!",
    "  two spaces before, two after  ",
    "It's 12:30 on 2026-11-20; I'll pay €1,234.50 (≈ $1,345), won't I?",
    "line one\nline two\r\nline three\n\n\n\tindented\t\ttwice\n",
    "Grüße aus Zürich, naïve café, smørrebrød, Ångström",
    "日本語のテキスト と 한국어 텍스트 и русский текст, العربية",
    "🙂 👩‍👩‍👧‍👦 ✅ — “quotes” … ½ × 3² ≠ 4",
    "https://example.com/a?b=c&d=%20e#f user@example.com @name #tag",
    "CamelCaseWords and snake_case_words and kebab-case-words v1.2.3-rc4",
    "1234567890 007 3.14159 1e-9 0x1F IIVX",
    "{\"json\": [1, 2, {\"a\": null}]} <b>html</b> [CUSTOMER_NAME]",
    "don't can't I'd we'll they've she's DON'T CAN'T",
    "wordwithoutanyspacesthatgoesonandonandonandonandon",
    "\u00a0non-breaking\u2003em space\u200bzero width",
    "...!!!???---___***",
)  # fmt: skip
"""Spaces, line ends, digits, contractions, many scripts: where tokenizers differ."""
