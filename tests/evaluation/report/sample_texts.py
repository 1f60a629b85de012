"""Texts that a company would write, and texts that try to break the page."""

HOSTILE = "<script>alert('owned')</script>\"'><img src=x onerror=alert(1)>&amp;</div></details>{{ 7 * 7 }}"
ARABIC = "مرحبًا، وصلت الخيمة بعمود مكسور.\nهل يشملها الضمان؟ رقم الطلب [ORDER_ID]."
HEBREW = "שלום, האוהל הגיע עם מוט שבור.\nThe order was [ORDER_ID]."

GOOD = """\
Hi [CUSTOMER_NAME],

A snapped pole on the first night out is a rough start to a trip, and I'm sorry it happened to you.

The Trail Promise covers your Fernway 2 Tent for 5 years, so a new pole is on us. You don't need to \
send the old one back.

Next step: reply with a photo of the broken pole.

Happy trails,
The Larkspur Trail Desk"""
BAD = """\
Dear valued customer,

Thank you for reaching out! We apologize for any inconvenience. Please be advised that your warranty may cover this \
issue for 10 years. Kindly utilize our online form.

Best regards,
Customer Support"""
SUBJECTS = (
    "A drier night in the Fernway 2 Tent",
    "UNBEATABLE tents!!! Don't miss out",
    "Your next night outside, sorted",
)
MESSAGES = (
    "Hi, I took the Fernway 2 Tent out for the first time last weekend and one of the poles snapped while I was "
    "putting it up.\n\nIs that covered? I only bought it in March. Order [ORDER_ID].\n\n[CUSTOMER_NAME]",
    "Write an email subject line for the Fernway 2 Tent. Audience: people who looked at tents and did not buy.",
    "Describe the product: Fernway 2 Tent. Weight 1.9 kg. Sleeps 2. Waterhead 3,000 mm. Colour: moss.",
    ARABIC,
    HOSTILE,
    "Where is my parcel 📦? It's been 9 days 😡😡 and the tracking page says “label created” since Monday",
    "A very long story. " + "We walked up the ridge, it rained, the seam on the left side gave way, and then. " * 60,
    HEBREW,
    "Can I return boots that I wore once, indoors?",
    "Write an email subject line for the spring sale of packs, 15 % off until Sunday.",
    "Describe the product: Averyveryveryveryverylongproductname" + "withoutspaces" * 20,
    "ok",
)
