"""Posts for social media: three angles, each in the house voice, with a hashtag at most."""

# ruff: noqa: E501 (one alternative is one line of the grammar)

# Engagements and clicks an impression tends to earn by angle.
ANGLES = {"scene": (0.058, 0.008), "tip": (0.047, 0.012), "news": (0.036, 0.017)}

POSTS = """
post:
    <post.{angle}> [60% <tag>]
post.scene:
    (First light|Last light|Late lunch|Rain on the fly sheet) at {place}, and the {product} (does its job|earned its keep|came along). <ask>
    {place}, (day 2|day 3|a slow Sunday). (The {product} is drying|The {product} is out again|We'd pack the {product} again). <ask>
    (Somebody|A friend of ours) took the {product} to {place}. (The kettle|The view|The silence) did the rest. <ask>
post.tip:
    (Small|Quick) {kind} tip: (air|check|brush) {them} after each trip. It takes 5 minutes, and {it_s} ready for {use}. <link>
    Packing for {use}? Put your {kind} in last. (You'll reach {them} first|You'll thank yourself in the rain). <link>
    (One|The) habit that keeps a {pairof}{kind} going: a dry night off the floor. <link>
post.news:
    ?offer {offer} on the {product}, until Sunday. (Made of|It's all) {material}, and good for {use}. <link>
    The {product} is back, in {colour}. Made of {material}, at {weight}. <link>
    (Meet|Say hello to) the {product}: {material}, {weight}, good for {use}. <link>
ask:
    (Where are you off to|Where did you wake up last|What's in your pack) this week?
    (Tell us yours|Show us yours).
    (Who'd you bring|Who's coming)?
link:
    (More|Read on) at larkspur.example/{handle}
    (See {them}|Have a look): larkspur.example/{handle}
tag:
    (#TrailDays|#SeeYouOutThere|#PackLight|#MendIt)
"""

DRAFTS = """
draft:
    (Unlock|Experience|Discover) the (amazing|incredible|perfect) {product}! <draft.fact> <draft.push>
    Dear valued customer, (please be advised|we are thrilled to announce) that the {product} is available. <draft.fact> <draft.push>
    Are you ready for the (ULTIMATE|BEST EVER) {kind}? <draft.fact> <draft.push>
draft.fact:
    It utilizes {material} and has a weight of {weight}, which is (perfect|amazing) for {use}!
    Crafted from {material}, {weight}, it is a game-changer for {use}.
draft.push:
    Backed by our 5 year warranty. (Buy now|Shop now|Don't wait)!
    Purchase it today in any of our stores and enjoy (an epic|an unbeatable) adventure!
    Kindly visit our website at your earliest convenience.
"""
