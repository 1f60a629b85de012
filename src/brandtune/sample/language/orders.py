"""Orders before they arrive: changes, cancellations and stock. What customers write, and how the house answers."""

# ruff: noqa: E501 (one alternative is one line of the grammar)

CASES = {
    "order_change": {"address": 4, "early": 3, "late": 3},
    "order_cancel": {"early": 4, "late": 4},
    "stock_question": {"size": 4, "colour": 2, "hold": 3, "collect": 2},
}

MESSAGES = """
order_change.subject:
    ?case=address (New address|Wrong address|Change of address) for {order}
    ?case=early|late (Change|Small change|Can I change) my order(| {order})
order_change.say:
    ?case=address I (just moved|moved house|typed my old address) and the order with the {product} (is going to the wrong place|has the old address|would go to my old flat). (The right one is|It should go to|Please send to) {address}.
    ?case=address (Oops|Silly me), the {product} (should go|needs to go) to {address}, (not to my work|not to the old place). (I only saw it now|I noticed in the email).
    ?case=early I (placed|made) an order (10|20|5|15) minutes ago (for the {product}|with the {product}) and (picked|chose|clicked) {size} (instead of|not) {size2}. (My mistake|Fat fingers|Too quick).
    ?case=early (A few minutes ago|Just now) I ordered the {product} in {size}, but I (meant|need|wanted) {size2}.
    ?case=late (Yesterday|2 days ago|On {day}) I ordered the {product} in {size} and (now|today) I (think|see|know) {size2} (is right|would be better|is the one).
    ?case=late I'd like to (change|switch) the {product} in my order from (yesterday|{day}) to {size2}. (I wasn't sure|I measured again|My friend has one).
order_change.ask:
    ?case=address (Can you change that|Is it too late|Could you send it there|Is that still possible)?
    ?case=early (Can you fix that|Is there still time|Could you change it before it ships)?
    ?case=late (Can that still be changed|Is it too late now|What are my options)?
order_cancel.subject:
    (Cancel|Cancelling|Please cancel) (my order|order {order}|the {product})
    (Cancel order|Stop my order)
order_cancel.say:
    ?case=early I (ordered|bought) the {product} (half an hour|20 minutes|10 minutes|15 minutes) ago and <cancel.why>.
    ?case=early (Just now|Minutes ago) I placed an order for the {product}, but <cancel.why>.
    ?case=late I ordered the {product} (yesterday|this morning at 8|2 days ago|on {day}) and <cancel.why>.
    ?case=late My order from (yesterday|{day}) with the {product} is no longer needed, <cancel.why>.
cancel.why:
    (I found mine|my old one turned up|I found the old one in the loft)
    (my trip was called off|the trip is off|our plans changed)
    (my partner ordered the same|I ordered twice by mistake|someone gave me one)
    (I changed my mind|I should not shop at night|money is tight this month)
order_cancel.ask:
    (Can I cancel|Please cancel it|Could you stop it|Can you cancel that) (please|before it ships|for me)?
    (Will I be charged|Do I get my money back|Do you take money for that)?
    (Is it too late|Can it still be stopped|What do I have to do)?
stock_question.subject:
    (When is|Is) the {product} back in stock
    ?case=size {product} in {size} (sold out|out of stock)
    ?case=hold|collect {product} (in {town}|at the {town} shop)
    {product} (stock|availability)
stock_question.say:
    ?case=size I (want|would love|have been waiting for) the {product} in {size}, but (it's always sold out|the page says sold out|it's greyed out).
    ?case=size The {product} in {size} (has been|is) (out of stock|sold out) (for weeks|again|every time I look).
    ?case=colour (I'm looking for|I loved|I'd like) the {product} in the old (green|rust|blue|sand) (colour|one) from last year. (I can't find it|It's gone from the page).
    ?case=hold I'd (like|love|prefer) to (try|see|look at) the {product} in {size} (at|in) your {town} shop (on {day}|this week) before I (buy|decide).
    ?case=collect I need the {product} (today|tomorrow|by {day}) and I'm (close to|near|not far from) your {town} shop.
stock_question.ask:
    ?case=size (When does it come back|Will you get more|Any idea when)? (Can you tell me when it's here|Is there a list I can join|Can you keep one for me)?
    ?case=colour (Will it come back|Do you have any left|Is it gone for good)?
    ?case=hold (Can you keep one for me|Could they put one aside|Is it possible to hold one) (and for how long|please)?
    ?case=collect (Can I order and pick up|Is same day pickup possible|How fast can I collect {them})?
"""

REPLIES = """
order_change.feel:
    ?case=address (A parcel on its way to an old address|The wrong address on a parcel|A move and a parcel at the same time) is (enough to make anyone nervous|a small fright|easy to miss), (good that you caught it|so I'm glad you wrote).
    ?case=address (Moving house|A new address) (brings a long list|is a lot to keep track of), (so let's take this off it|and this one is easy to fix).
    ?case=early|late (One wrong click|A slip of the thumb|A second thought) (happens to all of us|is easily made|is nothing to worry about), (so thanks for writing|and it's good you wrote).
    ?case=early|late (It's good|I'm glad|Good) that you (noticed|checked|measured again) before (the {product} reached you|the first walk).
order_change.answer:
    ?case=address (I've changed|We've changed|We just changed) the address for your {product} to {address}. (An address can be changed|That's possible) until the parcel leaves us, (and yours hadn't|and we were in time). Delivery takes {std_ship}.
    ?case=address Your {product} will (now |)go to {address}. We can change an address until the parcel leaves us, so (you wrote just in time|your note came in time). (From there it takes|Count on) {std_ship}.
    ?case=early (You're in time|You're well in time): an order can be changed within {change_window}. (Your {product} is now|We've set your {product} to) {size2}. (The price stays the same|Nothing else changes). (It arrives|It'll be with you) in {std_ship}.
    ?case=early (Orders can be changed|We can change an order) within {change_window} of placing it, so (this one is easy|we caught it). (I've swapped|We've swapped) the {size} for {size2} on your {product}.
    ?case=late (We can change an order|Orders can be changed) within {change_window}, and (after that the packing line has it|yours is past that). (Exchanges are free|A swap to {size2} is free) within {return_window} of delivery, so (nothing is lost|you're covered).
    ?case=late Your {product} {is} with the packing line (now|by now), since changes close after {change_window}. (You can swap|It's free to swap) {them} for {size2} within {return_window} of delivery.
order_change.next:
    ?case=address (check|read) the new address in your (order email|Basecamp account).
    ?case=address (reply|tell us) if (a line of it|anything in it) looks wrong.
    ?case=early (look at|check) the new order email (for|to see) the {size2}.
    ?case=late (start|open) a free exchange in your Basecamp account (when|once) the parcel is there.
    ?case=late (try {them} on|wait for the parcel) before you decide.
order_cancel.feel:
    ?case=early|late (Plans change|Things change|Life changes plans), (and that's fine|that's how it goes), (thanks for telling us so soon|thanks for letting us know).
    ?case=early|late (It's no bother|No trouble at all|That's okay), it's better to say it now than to (end up with|keep) a {pairof}{kind} you don't need.
    ?case=early|late (I see|I understand), the {product} (can wait for another day|has to wait for another year|isn't needed now), and (that's fine with us|we don't mind).
order_cancel.answer:
    ?case=early (Your order is cancelled|We've cancelled it|It's cancelled), (since you wrote|you wrote) within {change_window} (of placing it|of your order). (Your card is only charged|We only charge a card) when the parcel leaves, so (you pay nothing|nothing was taken for the {product}).
    ?case=early (An order can be cancelled|You can cancel) within {change_window}, so (you're in time|this one was easy). The {product} (won't ship|stays here). (Nothing was charged|You won't be charged), because we charge when the parcel leaves.
    ?case=late (Cancelling is possible|Orders can be cancelled) within {change_window}, and (after that the packing line has it|yours is already with the packers). You can refuse the parcel, or return the {product} free within {return_window}.
    ?case=late The {product} {has} (already gone to|already reached) the packing line, because (we can stop an order|cancelling works) for {change_window} only. (Say no to the driver|Refuse the parcel) or use (a|the) free return label. (Refunds take|We refund within) {refund_time} after it's back.
order_cancel.next:
    ?case=early (keep|save) our (cancel email|email) (for your files|as proof).
    ?case=early (check|look for) the email that (says so|shows the order as closed).
    ?case=late (refuse|hand back) the parcel when the driver (comes|rings).
    ?case=late (print|download) the free label (from|in) your Basecamp account.
    ?case=late (tell|let) us (know |)which way (you'd like|suits you).
stock_question.feel:
    ?case=size (Finding|Seeing) your size sold out (again and again|each time you look|week after week) is (annoying|a test of patience), (I know|I get that).
    ?case=size (You've waited|You've been looking out) for the {product} (for a while|long enough), (so let's fix that|so let's make it easier).
    ?case=colour (That colour had many friends|You've got a good eye|We liked that colour too), (so I see why you miss it|and I wish I had better news).
    ?case=hold (Trying gear on|Seeing a {pairof}{kind} in person|Touching it first) (beats any photo|tells you more than a page|is the best way to know), (we agree|so good thinking).
    ?case=collect (A short deadline|Needing a {pairof}{kind} so soon|Leaving it late) (happens|is no problem), (we've all been there|most trips start that way).
stock_question.answer:
    ?case=size New batches (reach us|arrive|come in) about every {restock}. (Join|Put your name on) the waitlist for the {product} in {size}, and (we'll email you|you get an email). (We hold it|It's held) for you for {waitlist_hold}.
    ?case=size The {product} {is} due with the next batch, (about|roughly) every {restock}. (With the waitlist|On the waitlist) you hear first. Your {size} then stays (put aside|on hold) for {waitlist_hold}.
    ?case=colour (Retired colours don't come back|That colour is retired and won't return), (I'm sorry to say|sorry about that). (New colours|Fresh colours) of the {product} (come|arrive) with the batches, about every {restock}.
    ?case=hold (The Trailhead in {town}|Our Trailhead in {town}|{town}) can hold the {product} in {size} for {hold_time}. (It's open|Doors are open) from 10 am to 6 pm, Monday to Saturday. (You don't have to buy|There's no need to buy|Trying costs nothing).
    ?case=hold (Yes|Of course), a Trailhead keeps an item for {hold_time}. (We've asked {town} to|{town} will) put a {pairof}{product} in {size} aside (for you|with your name on it). (Come any time|You can come) from 10 am to 6 pm.
    ?case=collect (Order online|Place the order online) and choose the Trailhead in {town}. (Your {product} will be|The {product} will be) ready in {collect_time} when the item is on the shelf. (It's open|We're open) until 6 pm.
    ?case=collect (You can collect|Pickup works): the {product} {is} ready {collect_time} after you order, if the shelf in {town} has {them}. (The Trailhead is open|Doors are open) from 10 am to 6 pm.
stock_question.next:
    ?case=size (join|add your name to) the waitlist on the product page.
    ?case=size (tap|choose) {size} on the product page (to join the waitlist|for the waitlist).
    ?case=colour (look at|see) the colours we have (now|this season) on the product page.
    ?case=hold (tell us|reply with) the day you'd like to (come|visit).
    ?case=hold (ask for|give) your name at the desk in {town}.
    ?case=collect (choose|pick) {town} at (the last step|checkout).
    ?case=collect (check|look at) the {town} stock on the product page first.
"""
