"""Returns, exchanges and refunds: what customers write, and how the house answers."""

# ruff: noqa: E501 (one alternative is one line of the grammar)

CASES = {
    "return": {"unused": 5, "worn": 2, "gift": 2, "late": 2, "trailhead": 2},
    "exchange_size": {"small": 4, "big": 4, "two": 1, "late": 1},
    "refund_status": {"waiting": 4, "bank": 3, "fee": 2},
}

MESSAGES = """
return.subject:
    (Return|Returning|Sending back|Return of) (my|the) {product}
    (Can I return|Do you take back|How do I return) the {product}
    {product} (return|not for me|going back)
return.say:
    ?case=unused|trailhead (I bought|I ordered|I got) the {product} (last week|2 weeks ago|10 days ago|earlier this month) and {it} {isnt} (for me|what I had in mind|what I pictured). <return.why>
    ?case=unused|trailhead The {product} (arrived|came|turned up) (on {day}|a few days ago|last week). <return.why> {it} {is} (still in the bag|unworn with the tags on|clean and unused|untouched).
    ?case=unused|trailhead (I'd like|I want|I would like) to send back the {product}. <return.why>
    ?case=worn I (used|wore|took out) my {product} (once|twice|for one day|for one afternoon) and <return.why.short>. (The tags are gone|There is a bit of mud on {them}|I cut off the tags already).
    ?case=worn The {product} and I (don't get on|are not a match). <return.why> I have (used|worn) {them} (once|twice|on one walk) (already|though).
    ?case=gift I was given the {product} (for my birthday|at Christmas|as a present|by my sister) and <return.why.short>. I (have no receipt|don't have the receipt|can't find a receipt).
    ?case=gift The {product} (was|came as) a (present|gift|birthday gift) and (sadly|but|well) <return.why.short>. (They kept no receipt|No receipt here|I don't want to ask for the receipt).
    ?case=late I bought the {product} (3 months ago|back in spring|last season|4 months ago) and never (used|opened|wore) {them}. <return.why>
    ?case=late (Found|I found) the {product} (in the cupboard|in the loft|under the bed) (after half a year|with the tags on|still packed). I (bought|ordered) {them} (4 months ago|last season) and <return.why.short>.
return.why:
    The (colour|feel|shape) is not (my thing|what I hoped|as on the page).
    {it} {is} (heavier|bigger|smaller|bulkier|stiffer) than I (thought|hoped|expected).
    I already (have|own) something (very close|too similar).
    (I changed my mind|I found my old one|My plans changed).
    {it} just {doesnt} (feel right|suit me|work for me).
return.why.short:
    {it} {isnt} (my style|for me|right for me)
    {it} {is} (too heavy|too bulky|not my colour|not my thing)
    I (already have one|have no use for {them}|will never use {them})
return.ask:
    ?case=trailhead Can I (drop|bring|hand) {them} (in at|back to|off at) (your shop|the store|your place) in {town}(| on {day})?
    ?case=trailhead Do I have to post {them} or can I (walk in|bring {them}) to the {town} shop?
    ?!case=trailhead (How do I|Can you tell me how to|What do I do to) (send {them} back|return {them}|get my money back)?
    ?!case=trailhead (Is it still possible|Am I still in time|Is there a way) to (return {them}|send {them} back|get a refund)?
    ?!case=trailhead (Can I|Could I|Would you let me) (return {them}|send {them} back|give {them} back) (and what does it cost|and who pays for the post|please)?
exchange_size.subject:
    (Wrong size|Size exchange|Exchange|Swap) for (my|the) {product}
    {product} (too small|too big|in another size|size {size} to {size2})
    (Can I swap|Swapping) size {size} for {size2}
exchange_size.say:
    ?case=small The {product} in (size |){size} {is} too (tight|small|snug|narrow). <size.where>
    ?case=small I (ordered|bought|got) the {product} in {size} and I can (barely|hardly) (get {them} on|move in {them}|close {them}). <size.where>
    ?case=big The {product} in (size |){size} {is} too (big|loose|wide|baggy). <size.where.big>
    ?case=big I (ordered|bought|got) the {product} in {size} and I (swim|drown|get lost) in {them}. <size.where.big>
    ?case=two I have the {product} in {size} and (another item|a second thing|a pair of socks) from the same order, and both are the wrong size. (I want to swap both|Both need to go back). The {product} should be {size2}.
    ?case=late I bought the {product} in {size} (3 months ago|last season|4 months ago), but (never tried {them} on|never wore {them}|kept {them} for a trip). Turns out I need {size2}.
size.where:
    (It pinches|They squeeze me|It's worst) (at the shoulders|around the middle|after 10 minutes|with a thick layer).
    (I tried with thin layers too|I even tried without a layer), no (luck|chance|way).
    (My own fault|I guessed), I should have (measured|looked at the chart).
size.where.big:
    There's room for (a second person|my lunch|another layer or 3).
    (It slides|Everything slides) (around|down) when I (walk|bend|move).
    (My own fault|I guessed), I should have (measured|looked at the chart).
exchange_size.ask:
    ?case=two (Can I send them together|Do both fit in one parcel|Is one label enough for both)?
    ?case=late Is (a swap|an exchange) still (possible|an option|OK)?
    ?case=small|big (Can I swap|Could I exchange|Is it possible to swap) {them} for (a|size) {size2}?
    ?case=small|big (How do I get|What do I do to get|Could you send me) (the|a) {size2} instead, and (does it cost anything|how long does it take|is it free)?
refund_status.subject:
    (Where is|Still waiting for|Question about) my refund
    Refund for (the|my) {product}
    (No refund yet|Refund not there|Refund question)
refund_status.say:
    ?case=waiting I sent (back the|the) {product} (back last week|back on {day}|to you last {day}) and (tracking says you have {them}|it shows as delivered to you|the post says it arrived 2 days ago). (No money yet|Nothing on my card yet|I see no refund so far).
    ?case=waiting My return of the {product} (reached you|arrived at yours|was signed for) (on {day}|3 days ago|this week). (My card shows nothing|There is no refund so far|I can't see the money yet).
    ?case=bank You (wrote|emailed|told me) that the refund for the {product} (is on its way|was sent|went out) (yesterday|on {day}|2 days ago), but my (bank|card) (shows nothing|has nothing|doesn't show it).
    ?case=bank (Your email says|I got a note that) the {product} was refunded (on {day}|yesterday). (My bank app disagrees|My account is still empty|It's not on my statement).
    ?case=fee I got my refund for the {product}, but the (delivery fee|postage|shipping cost) is (missing|not in it|not there). I (returned {them}|sent {them} back) because I (changed my mind|picked the wrong one|didn't like the colour).
refund_status.ask:
    ?case=fee (Do I get that back too|Is that right|Will you pay that back as well)?
    ?!case=fee (When will I see it|When does it land|How long does it take|When can I expect my money)?
    ?!case=fee (Can you check|Could you look into it|Can you tell me) (what is going on|where it is|if it's stuck)?
"""

REPLIES = """
return.feel:
    ?case=unused|trailhead It's (a letdown|a bit flat|no fun) when (new gear|a new {pairof}{kind}|a parcel you looked forward to) (isn't|turns out not to be) right (for you|in the hand).
    ?case=unused|trailhead (I'm sorry|Sorry|I'm sorry to hear) the {product} (didn't|couldn't) (win you over|turn out as you hoped|feel right).
    ?case=unused|trailhead (No hard feelings|That happens|It happens to all of us), not every {pairof}{kind} (suits|fits|works for) every (hiker|walker|person).
    ?case=worn (You only really know|Only a real walk tells you|One outing shows) if (gear|a {pairof}{kind}) works (once it's outside|out there|for you), so I (get|understand) it.
    ?case=worn (I'm sorry|Sorry) the {product} (let you down|didn't feel right|wasn't a match) (on the trail|once you were out there|on a real walk).
    ?case=gift (A kind gift|A present|Someone's kind thought) that (isn't quite right|misses by a little|doesn't suit you) is (a tricky one|awkward|hard to bring up).
    ?case=gift (It's a lovely thought|What a kind gift), even if the {product} (isn't your style|isn't right for you|won't get used).
    ?case=late (I know the feeling|We've all been there), (gear hides|a {pairof}{kind} hides|good gear gets buried) (in cupboards|at the back of the shelf|for months) (before we notice|longer than we plan).
    ?case=late (It's a pity|What a shame) the {product} (sat|stayed) (unused|in the dark|on the shelf) (for so long|all this time).
return.answer:
    ?case=unused You (can send|can return|have time to send) the {product} (back|to us) within {return_window} of delivery. (Keep the tags on|Leave the tags on) and (we'll take care of the rest|pack {them} clean and unused). (The label is free|It won't cost you a thing).
    ?case=unused (Good news|The short answer is yes): (returns|all returns) are open for {return_window} after delivery. (The {product} just needs|We only need the {product}) to be clean and unused, with the tags on. (The label costs you nothing|The return label is free).
    ?case=unused There's (a free label|a label at no cost) for your {product} in your Basecamp account. It works for {return_window} after delivery. (Your money goes back to your card|We send the refund) within {refund_time} after it reaches us.
    ?case=trailhead (Yes, the Trailhead|Sure, the Trailhead|Of course, our Trailhead) in {town} (takes|is happy to take) the {product} within {return_window} of delivery. (Doors are open|It's open) from 10 am to 6 pm, Monday to Saturday.
    ?case=trailhead (You can skip the post|No need for the post): any Trailhead takes returns (within|for) {return_window} (of|after) delivery. (The one in {town}|{town}) opens from 10 am to 6 pm, Monday to Saturday. (Keep the tags on|Leave the tags on) the {product}.
    ?case=worn (Used gear|A worn item) can't be refunded, (but we have another way|but there's a middle way). (Swap|Send us) the {product} within {return_window} of delivery (for|and get) a gift card worth {worn_share} of (the|its) price.
    ?case=worn We can't refund (something you've used|a worn item), (so here's|but here's) what we (can do|do instead). (You get|We give you) a gift card worth {worn_share} of the price of your {product}. (It's|That's) open for {return_window} after delivery.
    ?case=gift (You don't need a receipt|No receipt needed|A receipt isn't needed) for a gift. (Send the {product} back|Return the {product}) within {return_window} of delivery, (and we'll email you a gift card|for a gift card by email).
    ?case=gift (We can take|We'll gladly take) the {product} back without a receipt. (The refund comes|You'll get the refund) as a gift card by email, and (the giver won't hear about it|the return label is free). (Gifts have|It's open for) {return_window} (from|after) delivery[ like any return].
    ?case=late Our returns close {return_window} after delivery, so (a refund isn't possible|we can't refund the {product}) (now|any more). The Trail Promise (still covers|still looks after) {them} for {promise_life}.
    ?case=late (A refund is open for|You can return an item for) {return_window} after delivery, and (that time has passed|your {product} is past that). If (something needs fixing|a part ever fails), the Mending Bench (takes care of it|will look at {them}).
return.next:
    ?case=unused|worn|gift print the (free|return) label (from|in) your Basecamp account.
    ?case=unused|worn|gift (drop|leave) the parcel at the (nearest|closest) Trailhead or post office.
    ?case=unused|gift (open|go to) Returns in your Basecamp account to (start|get the label).
    ?case=worn reply with "swap" so we can (set up|start) the gift card.
    ?case=trailhead (bring|take) the {product} to the {town} Trailhead (with the order number|any day it's open|this week).
    ?case=trailhead show your order number at the (desk|till) in {town}.
    ?case=late (reply|tell us) if you'd like the Mending Bench to (check|look at) {them}.
    ?case=late (pass {them} on|keep {them}) for a friend who (hikes|camps|needs {pair}).
exchange_size.feel:
    ?case=small (A {pairof}{kind} that pinches|Tight gear|A snug fit) (takes the fun out of|spoils) (any walk|a good day|a hike) [fast].
    ?case=small (I'm sorry|Sorry) the {size} (turned out|came out|is) too (tight|snug|small), (that's annoying|that's never nice).
    ?case=big (A loose fit|Gear that slides around|A {pairof}{kind} that's too big) (is no help|gets old fast|is a nuisance) (on the trail|outside|on a windy day).
    ?case=big (I'm sorry|Sorry) the {size} is (so roomy|too roomy|too big), (that's a letdown|that's annoying).
    ?case=small|big (Sizes are hard to judge|Fit is hard to judge) (from a screen|from a chart|at home), so (don't blame yourself|you're in good company).
    ?case=two (2 wrong sizes|2 misses) in one (parcel|order) is (bad luck|a double letdown), (I'm sorry|so let's sort it).
    ?case=late (I see why you waited|It's easy to keep gear for a trip), and (it's a pity|I'm sorry) the {size} (isn't right|doesn't fit).
exchange_size.answer:
    ?case=small|big (Swapping|Changing|Trading) the {product} (to|for) a {size2} is free within {return_window} of delivery. (We send|We post) the new {pair} within {exchange_ship} of the first scan of your return.
    ?case=small|big (You can swap|We'll swap|Let's swap) your {product} for a {size2}, (free of charge|at no cost|free). (Your new size|The {size2}) leaves us within {exchange_ship} of the first scan (of your return|on your parcel).
    ?case=small|big (Yes, a {size2} is no problem|A {size2} sounds right). Exchanges are free for {return_window} after delivery, (tags on|with the tags on). (Once your parcel is scanned|After the first scan), the new {pair} (goes|is sent) out within {exchange_ship}.
    ?case=two One exchange label holds 1 item, so (you'll need|please use) 2 labels. (Both are free|Each one is free). The {product} in {size2} leaves within {exchange_ship} of the first scan (of your return|on its label).
    ?case=late (Size swaps|Exchanges) are free for {return_window} after delivery, and (your {product} is past that|that time has gone by). A Trailhead (can still help|can help) you find the right {size2} (for next time|when you buy again).
exchange_size.next:
    ?case=small|big (start|open) the exchange (in|from) your Basecamp account (and pick|by choosing) {size2}.
    ?case=small|big (print|download) the free exchange label in your Basecamp account.
    ?case=small|big reply with "yes" (so|and) we'll (set aside|hold) the {size2}.
    ?case=two (print|download) 2 exchange labels (from|in) your Basecamp account.
    ?case=late (try|visit) the Trailhead in {town} to (find your size|try on a {size2}).
refund_status.feel:
    ?case=waiting (Waiting for money|Waiting on a refund) (is never fun|makes days feel long|isn't nice), (and I get that|so let me clear it up).
    ?case=waiting (I see why|I understand why) you'd (like that money back|want to know) (after sending the {product} back|now your parcel is here).
    ?case=bank (An email that says one thing|A note from us) and a bank that (says another|shows nothing) is (confusing|a puzzle|annoying).
    ?case=bank (I'm sorry|Sorry) the refund for your {product} (isn't showing yet|is hiding), (I know you were told it was sent|you were right to ask).
    ?case=fee (It's fair to ask|Fair question), (a refund should add up|the sum should make sense|nobody likes a gap in the sum).
    ?case=fee (I see|I understand) why the (missing fee|smaller sum) (caught your eye|looked odd|stood out).
refund_status.answer:
    ?case=waiting (We send refunds|Refunds go out|Your refund goes out) within {refund_time} after (your parcel|the parcel|the {product}) reaches us. (It goes|The money goes) back to the card you paid with. Your bank can take {bank_time} to show it.
    ?case=waiting (Your {product} is|The {product} is) with our returns desk (now|and in good hands). (The refund|Your money) (leaves us|is sent) within {refund_time} of the day (it|your parcel) got here. (It lands on|Look for it on) the card you paid with.
    ?case=bank (Your refund|The money) has left us, and (your bank|the bank) can take {bank_time} to show it. (It goes to|Look at) the card you used for the {product}[, not a new one].
    ?case=bank (From our side|On our side) the refund for the {product} is done. (Banks can take|A bank can take) {bank_time} to (show it|put it on your card). (Weekends don't count|Weekends add a little).
    ?case=fee Delivery fees (come back|are refunded) only when the item was faulty or wrong. (Your {product} was fine|The {product} came back for another reason), so (we refunded the item|the refund is for the item) (alone|only). It (reaches|goes to) your card within {refund_time}.
    ?case=fee We (pay back|refund) the delivery fee when (something arrives faulty or wrong|the item is faulty or wrong). (For a change of mind|In your case), the refund is (the price of|for) the {product} (only|alone). (We send it|It goes out) within {refund_time} after the parcel reaches us.
refund_status.next:
    ?case=waiting (look at|check) your card statement (once that time is up|at the end of that week).
    ?case=waiting (give it|leave it) until the end of that time (before you write again|before you check).
    ?case=waiting|bank (reply|write back) with the last {last_digits} of your card if it (isn't there|doesn't show).
    ?case=bank (ask|call) your bank if (nothing shows|it's still missing) after that.
    ?case=bank (check|look at) your (card|statement) (again in 2 days|after the weekend).
    ?case=fee (reply|tell us) if the {product} was faulty (after all|when it came).
    ?case=fee (check|look at) the refund email for the (full sum|breakdown).
"""
