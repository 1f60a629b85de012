"""Email campaigns: six angles, each with its own subjects and bodies; A and B never share an angle."""

# ruff: noqa: E501 (one alternative is one line of the grammar)

# Open, click (of opens) and conversion (of clicks) rates each angle tends to earn.
ANGLES = {
    "benefit": (0.27, 0.16, 0.050),
    "question": (0.24, 0.12, 0.045),
    "story": (0.21, 0.15, 0.055),
    "news": (0.23, 0.13, 0.045),
    "tip": (0.29, 0.11, 0.035),
    "offer": (0.25, 0.19, 0.070),
}

COPY = """
subject:
    <subject.{angle}>
subject.benefit:
    <gain.{family}> with the {product}
    The {product} for <gain.{family}>
    <gain.{family}>, (all season|any day|all weekend|mile after mile)
    (Made for|Built for|Yours for) <gain.{family}>
subject.question:
    (Ready for|Looking for|Time for) <gain.{family}>?
    (Where|How far) will the {product} (take you|go)?
    ({is} your {kind}|are you) (ready for|set for) {season_name}?
    What would you (pack|take) for (a wet|a long|a slow|your next) weekend?
subject.story:
    (3 days|4 nights|A week|One winter) with the {product}
    (How|Why) (Nell|Tom|Ines|Amir|Freya|Jonas) (packs|picked|trusts) the {product}
    The {product} (on|along) {place}
    (Notes|A letter|A postcard) from {place}
subject.news:
    (Meet|Say hello to) the {product}
    The {product} is (here|back)
    (New|Back) for {season_name}: the {product}
    (Fresh|New) colours (for|of) the {product}
subject.tip:
    (3|4|5) ways to (pack|care for|use) your {kind}
    (How to (choose|care for|pack)|A guide to (choosing|packing)) a {pairof}{kind}
    (The|One) {kind} trick (our guides use|worth knowing)
    {season_name} (packing|camp|trail) tips (from our guides|in 2 minutes|for you)
subject.offer:
    {offer} on the {product}
    {offer} (for you|this week|until Sunday)
    The {product}, {offer_lower}
    Your {season_name} treat: {offer_lower}
gain.shelter:
    (drier nights|calm nights|a quick camp|a dry wake up|quiet nights outside)
gain.sleep:
    (warmer nights|better sleep|a soft bed outside|deep sleep on rock)
gain.carry:
    (lighter shoulders|an easy carry|a tidy load|longer days out)
gain.shell:
    (dry walks|staying dry|rainy days outside|calm in the wind)
gain.insulated:
    (warm breaks|cosy evenings|frosty mornings|warmth without bulk)
gain.layer:
    (soft warmth|easy layers|warm starts|all day comfort)
gain.legs:
    (free steps|easy climbs|long strides|room to move)
gain.footwear:
    (happy feet|sure steps|dry feet|a better grip)
gain.wear:
    (warm edges|cosy fingers and toes|easy cold days|small comforts)
gain.cook:
    (hot dinners outside|quick camp coffee|warm meals anywhere|simple camp meals)
gain.drink:
    (clean water anywhere|fresh water all day|longer days out|easy refills)
gain.light:
    (clear nights|free hands after dark|early starts|bright camps)
gain.walk:
    (kinder knees|steady steps|easy descents|better balance)
preheader:
    (Made for|Ready for|Packed for) {use}
    (A 2 minute read|A short read|A small idea) (for your next day out|before the weekend|from our trail desk)
    (Light|Tough|Simple), and backed by the Trail Promise
    {offer_line}
body:
    <body.{angle}> // <body.fact> [60% <body.link>] // See you out there.
    <body.{angle}> <body.fact> // <body.link> // See you out there.
body.benefit:
    You want <gain.{family}>, (not a longer packing list|and little else|and a {pairof}{kind} you don't have to think about). (The {product} is made for that|That's what the {product} is for|So we made the {product}).
    (Some days|The best days) (start wet|start early|run long). (With|Bring) the {product}, and (you're ready for them|they feel easy).
body.question:
    What (makes|turns) a (good|fine) day (out|outside)(| into a great one)? (For many of you|You told us), it's <gain.{family}>. (That's where|This is where) the {product} (comes in|helps).
    (When did you last|How often do you) (sleep under the stars|walk until dusk|stay out in the rain)? (Your|A) {pairof}{kind} can (change that|make that easier). (Try|Take) the {product} (this {season_name}|next time).
body.story:
    (Nell|Tom|Ines|Amir|Freya|Jonas) took the {product} to {place} for (3 days|a week|4 nights). It (rained|blew|froze) (twice|at night|on day 2), and (all was well|the tea stayed warm|nobody minded).
    (Last {season_name}|One grey Friday), (2 of us|our own crew) (walked|camped) near {place} with the {product}. (You'd have liked it|We came home late and happy|It was cold and bright).
body.news:
    (The|Our) {product} is (here|ready|back on the shelf), (in {colour}|and a little lighter|with {material}). (You asked for it|You waited for it), (and we listened|so here it is).
    (Something new|A fresh batch) (came in|arrived) this week: the {product}. (We've tested it|Our guides used {them}) (for a full season|on {place} first|in all weathers).
body.tip:
    (Here's|We've got) a tip for your {kind}: (air|dry|check) {them} (after each trip|before you pack|at the start of the season). It takes 5 minutes and (saves|spares) you a (repair|bad night|sad surprise).
    (Pack|Choose) your {kind} (last|first), (so you can reach {them}|so the rest finds its place). (Our guides|The crew) (do|does) that with the {product} (every time|on each trip).
body.offer:
    (Until Sunday|This week|For 5 days), you get {offer_lower} on the {product}. (No code needed|It's already in your basket|Just sign in to your Basecamp account).
    (A small thank you|A little something) for (your season with us|staying with us): {offer_lower} on the {product}. (It ends on Sunday|It's yours until Sunday).
body.fact:
    {it_s} made of {material}[, at {weight}], and (good|ready) for {use}.
    (With|Thanks to) {material}, {it} (will hold up|will do well) for {use}. (The Trail Promise covers {them} for 5 years|The Trail Promise covers {them} for 5 years).
    At {weight}, {it} (won't weigh you down|will leave room for cake|will be easy to bring). (The Trail Promise has you covered|And the Trail Promise covers it) for 5 years.
    You can (try|see|touch) {them} at any Trailhead, (no rush|from 10 am to 6 pm|and the kettle is on). {it_s} (good|ready) for {use}.
body.link:
    (Have a look|Take a look|See {them}) (on the product page|when you've a minute|tonight with a cup of tea).
    (Pick|Find) your (colour|size|favourite) (on the product page|before the weekend|before your next trip).
    (Read|See) what (other hikers|others) (say|think) (about {them}|first).
    (Come by|Drop in at) a Trailhead (if you'd like to try one|and ask us anything|to see it up close).
"""
