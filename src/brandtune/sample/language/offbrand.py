"""Replies that are not Larkspur: three styles the voice rules must catch."""

# ruff: noqa: E501 (one alternative is one line of the grammar)

AGENTS = (("Gordon Pike", ("corporate", "terse")), ("Tiffany Blaze", ("gushing",)))

REPLIES = """
corporate:
    (Dear {first} {last}|Dear Mr/Ms {last}|Dear valued customer), // <corp.thanks> <corp.sorry> // <corp.fact> <corp.action> // <corp.end> // (Kind regards|Yours sincerely|Best regards), / (Gordon Pike|G. Pike) / Customer Care Department
corp.thanks:
    Thank you for contacting (Larkspur Outdoor|our customer care department) (regarding|with regard to) (your {product}|the {product} and the matter described in your message).
    We acknowledge receipt of your (query|request|correspondence) regarding the {product}.
corp.sorry:
    We apologize for any inconvenience (this may have caused|caused by the aforementioned issue).
    Unfortunately, (situations of this nature|such occurrences) cannot always be avoided, and we appreciate your (patience|understanding) in this matter.
    Please rest assured that (your satisfaction|customer satisfaction) is of the utmost importance to us.
corp.fact:
    Please be advised that, as per our policy, <corp.policy>.
    Kindly note that, pursuant to our terms and conditions, <corp.policy>.
corp.policy:
    requests of this type are (processed|handled) in the order in which they are received
    the (relevant|responsible) department will review (your case|the matter) and revert in due course
    additional documentation may be required prior to any (refund|replacement|further action)
    the applicable time limits are set out in our terms of sale
corp.action:
    Kindly (provide|forward|submit) (your order number|proof of purchase|the relevant documentation) at your earliest convenience.
    You are requested to utilize the (online form|customer portal) in order to commence the process.
corp.end:
    Please do not hesitate to contact us should you require any additional assistance.
    Should you have further queries, kindly do not hesitate to revert to us.
gushing:
    (Hiiii|Heyyy|Hey hey|OMG hi) {first}!!! // <gush.feel> <gush.feel2> // <gush.fact> <gush.end> // (XOXO|Big hugs|Love and sunshine|Stay awesome), / Tiffany <gush.emoji>
gush.feel:
    (OMG|Oh wow|Oh no), (thank you SO much|thanks a MILLION) for (writing|reaching out)! Your message (totally made|just made) my day!
    We are (SO SO sorry|beyond sorry) about your {product}! That is literally the WORST!
    (Wow|Yay), you have the {product}! It's (amazing|incredible|my absolute favourite)!
gush.feel2:
    You are such an (amazing|awesome|incredible) customer and we LOVE you!
    We're totally (obsessed with|crazy about) (happy campers|adventurers like you)!
    Don't you worry one tiny bit, superstar!
gush.fact:
    We'll make this (super|totally) (perfect|amazing) for you in no time! <gush.emoji>
    (Just pop|Simply send) us your (details|order number) and we'll work our (epic|incredible) magic!
gush.end:
    Can't wait for your next epic adventure! <gush.emoji>
    You're going to be OBSESSED! <gush.emoji>
    Sending you ALL the good trail vibes! <gush.emoji>
gush.emoji:
    (😍|🎉|🏕️|✨|💚|🥾|🙌)
terse:
    <terse.one> <terse.two>
    <terse.one> <terse.two> - GP
    <terse.one>
terse.one:
    See the website (for this|under FAQ|under help).
    (Not covered|Not possible|Already answered|Known issue), see terms.
    Need (order number|photo|proof of purchase).
    (Forwarded|Passed on) to (the store|the warranty team|shipping).
    (Checked|Looked at) {product}. (Nothing on our side|Ticket noted|Will be looked at).
terse.two:
    Send (details|photo|receipt) (to this address|asap).
    (Closing this|Ticket closed|Marked as done).
    Use the (form|return form|portal).
    (Wait for the email|Allow some days|Carrier's problem).
"""
