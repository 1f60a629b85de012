"""The second and third exchange of a conversation: a customer comes back, the house answers in full style again."""

# ruff: noqa: E501 (one alternative is one line of the grammar)

TOPICS = {
    "return": ("refund_when", "label_how", "shop_drop"),
    "return.trailhead": ("refund_when",),
    "return.late": ("shop_drop",),
    "exchange_size": ("swap_when", "shop_drop", "refund_instead"),
    "exchange_size.late": ("shop_drop",),
    "refund_status": ("card_which",),
    "refund_status.bank": ("bank_slow", "card_which"),
    "late_delivery": ("still_nothing", "new_or_money"),
    "damaged_item": ("photo_sent", "arrive_when", "keep_old"),
    "damaged_item.photo": ("arrive_when",),
    "missing_item": ("arrive_when",),
    "warranty_claim": ("wash_first", "bench_when"),
    "warranty_claim.covered": ("photo_claim", "keep_cover"),
    "repair": ("wash_first", "bench_when", "shop_drop"),
    "repair.kit": ("shop_ask",),
    "sizing_advice": ("swap_free", "ship_when"),
    "product_care": ("promise_wash", "shop_ask"),
    "order_change": ("arrive_when", "charge_when"),
    "order_cancel": ("charge_when",),
    "order_cancel.late": ("refund_when",),
    "stock_question": ("ship_when",),
    "stock_question.hold": ("hold_how",),
    "loyalty_points": ("points_last", "points_return"),
    "loyalty_points.expiry": ("points_return",),
    "password_login": ("data_delete",),
    "password_login.reset": ("spam_link",),
    "gift_card": ("card_more", "card_last"),
    "gift_card.expiry": ("card_more",),
    "gift_card.balance": ("card_last",),
}

MESSAGES = """
more.message:
    [60% (Thanks|Thank you|Great|OK|Ah good|Cheers)(| for the quick answer| for that),] <{topic}.ask> [50% // <bye.short>]
    [40% (Hi again|Hello again|Hi),] <{topic}.ask> [40% // <bye>]
refund_when.ask:
    (and when do I get the money|how long until the refund) for the {product}? (I'd like to plan|Just so I know|It's a fair bit of money).
    once you have the {product} back, (when do I see the refund|how long does it take)?
label_how.ask:
    I (can't find|don't see) the label for the {product}. (Where exactly is it|Is it in the app|Do I need a printer)?
    (is the label really free|do I pay for the post) for the {product}? (I have no printer|And where do I find it)?
shop_drop.ask:
    can I (drop {them} off|bring the {product}|take {them}) (at|to) the shop in {town} (instead|on {day}|after work)?
    (I work near|I live close to) the {town} shop. (Do they take the {product} too|Can I go there with the {product})?
swap_when.ask:
    (when will the new {size2} get here|how soon do you send the new one)? (I need the {product} soon|I'd love the {product} quickly).
    I (posted|sent off) the {product} (today|this morning). (When does the new one leave|How long now)?
refund_instead.ask:
    (can I have|I think I'd rather have) (a refund|my money back) (instead|after all)? I'm not sure about the {product} (any more|now).
bank_slow.ask:
    (it's still not there|my bank still shows nothing) for the {product}. (How much longer|Should I worry|What if it never comes)?
card_which.ask:
    (I got a new card|my old card is gone|which card does it go to)? I (paid for|bought) the {product} with the old one.
still_nothing.ask:
    (still nothing|no change|the page still says the same) for the {product}. (How long do we wait|When do you call it lost|It's getting silly)?
new_or_money.ask:
    if the {product} (is lost|never comes), (do I get a new one|can I choose) or (the money back|a refund)?
photo_sent.ask:
    (here is the photo|photo attached|I've attached the picture) of the {product}. (Is that enough|Can you see it|Do you need more)?
ship_when.ask:
    (how long does delivery take|when would it get here) for the {product}? (Is there anything faster|I might need it sooner|Can I pay for express)?
arrive_when.ask:
    how long (until|before) the {product} (gets here|is with me|arrives)? (I need to be home|I'm away next week|So I can plan).
    (when can I expect|any idea when I get) the {product}? (I'm not home on {day}|Should I stay in|Just so I know).
keep_old.ask:
    (do I have to|should I) (send back|return) the broken {product}? (It's in the hall|I'd have to find a box).
photo_claim.ask:
    (here's the photo|I've attached a photo) of the {product}, (order {order}|and my order is {order}). (How long will it take|When will I know)?
keep_cover.ask:
    if I get a new {pair}, (does the cover start again|how long is the new one covered)? It's about the {product}.
wash_first.ask:
    (do I need to wash|should I clean) the {product} (before I send {them}|first)? (There's a lot of mud|It's a bit smelly|It's not that dirty).
bench_when.ask:
    how long (will I be without|am I without) the {product}? (I have plans|Just so I can plan).
swap_free.ask:
    (what if|and if) the {product} (still doesn't fit|is wrong after all)? (Does a swap cost anything|Can I change it)?
promise_wash.ask:
    (does washing|will washing it) (change|end) my warranty on the {product}? (I'd hate that|Just to be safe).
shop_ask.ask:
    can (someone|the staff) in {town} (show me|have a look at the {product})? (I'd rather see it once|I learn by watching).
charge_when.ask:
    (when do you charge my card|was my card charged) for the {product}? I (see nothing|saw something) on my (bank app|card).
hold_how.ask:
    how long (do you keep|would you hold) the {product} for me? (I can come on {day}|I can't come right away).
points_last.ask:
    how long do (my points|the points) (last|stay)? I'm saving for the {product}.
points_return.ask:
    what happens to the points if I (return|send back) the {product}?
spam_link.ask:
    (the link says it's too old|I opened the link too late|the new link fails too). (How long is it good for|What now)? (I want the {product}|The {product} is still in my basket).
data_delete.ask:
    (if I close my account|when I delete my account), (how long do you keep my data|what happens to my data)? (I'd still like the {product} first|Just asking).
card_more.ask:
    can I (use|spend) the card (twice|on 2 orders)? First the {product} and (something later|socks next month).
card_last.ask:
    how long (is the card good|does the card last)? I (may wait|want to wait) with the {product}.
"""

REPLIES = """
refund_when.feel:
    (It's good|It's fair|It's wise) to (know|ask) when (your money|the refund) (comes back|arrives), (so here it is|so let me be exact).
refund_when.answer:
    We send the refund within {refund_time} after the {product} (reaches us|gets here). It goes back to the card you paid with. (Your bank can take|Banks can take) {bank_time} to show it.
refund_when.next:
    (keep|hold on to) the (post receipt|slip from the post) until (the refund lands|you see the money).
label_how.feel:
    (A label that hides|Hunting for a label) is (the last thing you need|no fun), (I'm sorry about that|so let me show you).
label_how.answer:
    The label is free. (You'll find it|It's) under Returns in your Basecamp account, next to the {product}. (With no printer|If you have no printer), any Trailhead takes the {product} (without a label|too).
label_how.next:
    (open|tap) Returns in your Basecamp account.
shop_drop.feel:
    (Saving a trip to the post|Skipping the post|Handing it over in person) (makes sense|sounds good to us), (most of all|even more) when {town} is (close|on your way).
shop_drop.answer:
    The Trailhead in {town} takes returns and Mending Bench items, so (your {product} is welcome|bring your {product} along). It's open from 10 am to 6 pm, Monday to Saturday.
shop_drop.next:
    (bring|take) the {product} to the desk in {town}.
swap_when.feel:
    (The wait for the right size|Waiting for the right size) (always feels long|is the slow part), (I know|so here are the facts).
swap_when.answer:
    The {size2} leaves us within {exchange_ship} of the first scan of your return. (Delivery then takes|From there it takes) {std_ship}. (Your {product} should be|So the {product} is) (with you soon|on the way soon).
swap_when.next:
    (watch|look out) for the email with the new tracking number.
refund_instead.feel:
    (Changing your mind is fine|That's fine|No trouble), (a {pairof}{kind} has to feel right|we'd rather you're happy).
refund_instead.answer:
    You can have a refund for the {product} within {return_window} of delivery. (It goes|We send it) to the card you paid with, within {refund_time} after the parcel (reaches us|gets here).
refund_instead.next:
    (switch|change) the exchange to a refund in your Basecamp account.
bank_slow.feel:
    (Still no money|An empty statement) (after all that waiting|after so long) (is frustrating|would worry me too), (I'm sorry|and I'm sorry for that).
bank_slow.answer:
    We sent the refund for the {product}. Your bank can take {bank_time} to show it, and (weekends don't count|weekends make it longer). (After that we'll trace it for you|If it's late, we'll trace it).
bank_slow.next:
    (reply with|send us) the last {last_digits} of your card.
card_which.feel:
    (A new card in the middle of a refund|A change of card) is (a fair worry|a good thing to mention), (thanks for asking|so good that you asked).
card_which.answer:
    The refund for the {product} goes back to the card you paid with. (Banks pass it on|Your bank passes it on) to your new card, and that can take {bank_time}.
card_which.next:
    (ask|call) your bank if they (link|connect) the old card to the new one.
still_nothing.feel:
    (No scan again|The same page day after day|That silence) (wears you down|is hard to take), (I'm sorry|I get that).
still_nothing.answer:
    After {lost_after} without a scan, the parcel counts as lost. (Then we send|From then we send) a new {pairof}{product} or your money back, (whichever you like|you choose). (You won't pay again|It won't cost you more).
still_nothing.next:
    (tell us|reply with) your choice, a new {pair} or a refund.
new_or_money.feel:
    (You should get to choose|It's good to know what happens), (a lost parcel isn't your fault|waiting is bad enough).
new_or_money.answer:
    (The choice is yours|You choose): a new {pairof}{product} or a refund. A parcel counts as lost after {lost_after} without a scan. (A refund takes|We send a refund) up to {refund_time}[ to leave us].
new_or_money.next:
    (tell us|write back with) which one you'd like.
photo_sent.feel:
    (Thanks for the photo|Your photo came through|Thank you for the photo), (it shows what we need|it's clear|that's all we needed).
photo_sent.answer:
    A new {pairof}{product} (is on its way to you|is on us), free. (It takes {std_ship}|Expect it in {std_ship}). (You don't need to send anything back|Nothing needs to come back), (so no trip to the post|and there's nothing more to prove).
photo_sent.next:
    (look out|watch) for the tracking email (from us|today).
ship_when.feel:
    (Good to plan ahead|It helps to plan|Timing matters), (most of all|even more so) (before a trip|when you're waiting for a {pairof}{kind}).
ship_when.answer:
    Standard delivery of the {product} takes {std_ship}, and it's free over {free_over}. Express takes {express_ship} and costs {express_cost}. Orders placed before {cutoff} leave the same day.
ship_when.next:
    (choose|pick) the delivery that suits you at checkout.
arrive_when.feel:
    (It's good to know when to be home|Nobody wants to miss the driver|Planning around a parcel is a chore), (so here's the time|I get that).
arrive_when.answer:
    Standard delivery takes {std_ship}, (also for|and that goes for) your {product}. Tracking wakes up within {track_wake} of the parcel leaving us. (A parcel you miss|If you're out, it) waits at the depot for {depot_hold}.
arrive_when.next:
    (follow|open) the link in the tracking email.
keep_old.feel:
    (Nobody wants to hunt for a box|Packing up a broken {pairof}{kind} is a chore), (so I've good news|and you don't have to).
keep_old.answer:
    You don't need to send the damaged {product} back. (Use it for spare parts|Keep it for parts) or (recycle it|take it to a Trailhead to recycle). The new {pair} takes {std_ship}.
keep_old.next:
    (check|confirm) your address in the order email.
photo_claim.feel:
    (Thanks, the photo|Thank you, the photo|The photo you sent) (makes it easy to see|tells us a lot), (and I see what you mean|that does look wrong).
photo_claim.answer:
    Your claim for the {product} is (open|with us now). (We answer|You'll have our answer) within {claim_answer}. If the Trail Promise covers it, we mend or replace {them} free.
photo_claim.next:
    (wait for|look out for) our answer by email.
keep_cover.feel:
    (Good question|Fair question|That's worth knowing), (cover should be clear|nobody likes small print).
keep_cover.answer:
    A replacement keeps the rest of the {promise_life}. (The Trail Promise counts|It counts) from the day you bought the first {product}, (so keep that order number|and the order number is your proof).
keep_cover.next:
    (save|keep) the first order email.
wash_first.feel:
    (Mud means it was a good day|We've seen worse|A bit of mud is fine), (so don't be shy|and thanks for thinking of us).
wash_first.answer:
    Please wash and dry the {product} before you send {them}. (Clean fabric lets a repair hold|Patches only hold on clean fabric). (The repair takes|It takes) {bench_time} from the day {it} {reach} us.
wash_first.next:
    (let {them} dry|dry {them}) fully before you pack the parcel.
bench_when.feel:
    (Being without your {kind}|Missing your {kind}) (is hard in a good season|takes planning), (I know|so here's the time).
bench_when.answer:
    The Mending Bench needs {bench_time} from the day the {product} (reaches|gets to) us. (A quote comes first|You get a quote first), within {quote_time}. Nothing starts until you say yes.
bench_when.next:
    (choose|pick) a (quiet week|time between trips) to send {them} in.
swap_free.feel:
    (A fair worry|That's a fair worry|Good to ask), (size is easy to miss by one|even a good chart can miss).
swap_free.answer:
    (Swaps cost nothing|A swap is free) within {return_window} of delivery. (Just keep the tags on|Leave the tags on) the {product}. The new size leaves us within {exchange_ship} of the first scan.
swap_free.next:
    try {them} on indoors before you cut the tags off.
promise_wash.feel:
    (It's good to be careful|Better safe than sorry|I like that you checked), (but washing is fine|and there's no need to worry).
promise_wash.answer:
    Washing doesn't change the Trail Promise. (It covers|It still covers) faults in your {product} for {promise_life}. (Clean gear lasts longer|A clean {kind} lasts longer), so (wash away|it even helps).
promise_wash.next:
    (follow|stick to) the steps in our last note.
shop_ask.feel:
    (Seeing it once|Watching someone do it) (beats any text|helps more than words), (I'm the same|so good idea).
shop_ask.answer:
    (Come by|Drop in at|You're welcome at) the Trailhead in {town}, any day from Monday to Saturday. (It's open|Doors are open) from 10 am to 6 pm. (The crew will gladly|Someone will) look at your {product} with you.
shop_ask.next:
    (bring|take) the {product} along to {town}.
charge_when.feel:
    (Money questions need a clear answer|It's fair to want that clear|A line on a statement can confuse), (so here it is|I know).
charge_when.answer:
    We charge your card when the parcel leaves us, not before. (What you see earlier|A line before that) is a hold by your bank. If the {product} never leaves, (the hold drops off|it goes away) by itself.
charge_when.next:
    (look at|check) your statement (again next week|in a few days).
hold_how.feel:
    (You shouldn't have to rush|No need to run|Nobody likes to hurry), (a little time helps|so here's how long you've got).
hold_how.answer:
    A Trailhead holds the {product} for {hold_time}. (From the waitlist, we keep it|On the waitlist it's) {waitlist_hold} after our email. (After that it goes to the next hiker|Then the next person gets a turn).
hold_how.next:
    (tell us|reply with) the day you can come.
points_last.feel:
    (Saving up takes a while|Saving for a {pairof}{kind} is a good plan), (so it's good to know|and you've got time).
points_last.answer:
    Waypoints last {way_life} from the day they land. Every 100 Waypoints take {way_value} off the {product}. (They land|New ones land) {way_credit} after each delivery.
points_last.next:
    (look at|check) the dates in your Basecamp account.
points_return.feel:
    (Good to ask before you send it|Fair to ask|I'm glad you asked first), (so there's no surprise|no one likes surprises there).
points_return.answer:
    Waypoints from a returned item are taken back. (So those for the {product}|The ones for the {product}) (leave|go) when the refund is sent, and (the rest stays|your other Waypoints stay) for {way_life}.
points_return.next:
    (see|check) your Waypoints once the refund is there.
spam_link.feel:
    (A link that's too old|A link that fails twice) (tries anyone's patience|is no help at all), (I'm sorry|sorry about that).
spam_link.answer:
    A password link works for {link_life}, (so an older one stops|and only the newest counts). (I've just sent|We've just sent) a fresh one. (Your {product} is still|The {product} is still) in your basket.
spam_link.next:
    (open|use) the newest email from us right away.
data_delete.feel:
    (It's your data|Your data is yours), (so it's right to ask|so you should know), (no matter the reason|and I'm happy to explain).
data_delete.answer:
    When you close your Basecamp account, we delete your data within 30 days. (Order the {product} first|If you want the {product}, order first), (since Waypoints go too|because your Waypoints go with it).
data_delete.next:
    (open|go to) Privacy in your Basecamp account.
card_more.feel:
    (A gift should stretch|Good to spread it out|2 treats from one gift), (we like that|that's a nice plan).
card_more.answer:
    You can use a gift card over several orders. (After the {product}, the rest|What's left after the {product}) stays on the card for {card_life}. (No need to write it down|We keep count for you).
card_more.next:
    (keep|save) the gift card email.
card_last.feel:
    (There's no need to hurry|Taking your time is fine|Waiting is fine), (a good choice needs a while|good gear can wait).
card_last.answer:
    Gift cards last {card_life} from the day they're bought. (The {product} will still be around|So the {product} can wait), and the balance stays on the card (until then|all that time).
card_last.next:
    (write|put) the last date in your calendar.
"""
