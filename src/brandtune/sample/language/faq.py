"""What people ask about the house rules, one row a fact: topic | wordings of the question | answer with the fact as a slot."""

# ruff: noqa: E501 (a table reads best with one row a line)

_ROWS = """
Returns     | How long do I have to return something? / What's the return window?          | You can return any item within {return_window} of delivery, clean and unused, with its tags on.
Returns     | How fast do you send the new size in an exchange? / When does my exchange ship? | We send the new size within {exchange_ship} of the first scan of your return.
Returns     | When do I get my money back? / How long does a refund take?                   | We send the refund within {refund_time} after your parcel reaches us.
Returns     | I wore it once, what now? / Can I bring back a worn item?                      | A worn item can't be refunded. Within {return_window} you can swap it for a gift card worth {worn_share} of its price.
Shipping    | How long does standard delivery take? / When will a normal parcel arrive?     | Standard delivery takes {std_ship}.
Shipping    | What does express delivery cost? / How fast is express, and how much?         | Express delivery takes {express_ship} and costs {express_cost}.
Shipping    | When is delivery free? / From how much is shipping on you?                     | Standard delivery is free on orders over {free_over}.
Shipping    | Until when must I order for the parcel to leave today? / What's your cutoff?  | Orders placed before {cutoff} leave the same day.
Shipping    | Why does my tracking show nothing? / When does tracking start?                | Tracking wakes up within {track_wake} of the parcel leaving us.
Shipping    | When is a parcel lost? / How long do we wait for a missing parcel?            | A parcel counts as lost after {lost_after} without a scan. Then we send a new one or refund you, as you like.
Shipping    | How long does the depot keep my parcel? / The carrier holds my parcel, until when? | A parcel held at a carrier depot stays there for {depot_hold}.
Shipping    | It came damaged, how long can I wait to tell you? / Until when can I report damage? | Tell us about damage within {report_window} of delivery. One photo is enough.
Shipping    | Only half of my order came, why? / Why did I get 2 parcels?                    | Large orders can travel in 2 parcels. The second one lands up to {split_gap} later.
Shipping    | Can I still change my order? / How long can an order be cancelled?            | You can change or cancel an order within {change_window} of placing it.
Sizing      | How much room should my toes have? / How do I know that boots fit?            | Leave {toe_room} between your toes and the front.
Sizing      | How long is the regular leg? / What leg lengths are there?                    | The regular leg is {leg_regular}. The long leg is {leg_long}.
Sizing      | Which gloves are a medium? / What palm does a medium glove fit?               | Medium gloves fit a palm of {palm}.
Sizing      | Do hats come in sizes? / What head does your hat fit?                          | Hats come in one size that fits {hat_range}.
Sizing      | Which sock size for shoe size 7? / What do medium socks fit?                   | Medium socks fit shoe sizes {sock_medium}. Large socks fit {sock_large}.
Promise     | How long does the Trail Promise last? / For how long are you good for faults? | The Trail Promise covers every Larkspur product for {promise_life} from the day you bought it.
Promise     | When do you answer a claim? / How long does a claim take?                      | We answer every claim within {claim_answer}.
Repairs     | How long does a repair take? / When do I get my jacket back from the Mending Bench? | A repair takes {bench_time} from the day your item reaches us.
Repairs     | What does a new zip cost? / How much is a zip or a buckle?                     | A zip or buckle costs {zip_fee}.
Repairs     | What does it cost to mend a tear? / How much is a new sole?                    | A tear, seam or sole costs {tear_fee}.
Repairs     | When do I hear what a repair costs? / How fast is a quote?                     | We send a quote within {quote_time}. Nothing starts until you say yes.
Repairs     | Can I mend it myself? / What does a patch kit cost?                             | Small patch kits cost {kit_cost} and ship with standard delivery.
Waypoints   | What are Waypoints worth? / What do I get for 100 Waypoints?                    | 100 Waypoints take {way_value} off an order.
Waypoints   | Where are my Waypoints from last week's order? / When do Waypoints land?      | Waypoints land in your Basecamp account {way_credit} after delivery.
Waypoints   | Do Waypoints expire? / How long do Waypoints last?                              | Waypoints last {way_life}.
Waypoints   | Can you add Waypoints for an old order? / I forgot to sign in, are my Waypoints gone? | Missing Waypoints can be added for orders from the last {way_claim}.
Waypoints   | How do I become a Ranger? / What does it take to be Ranger?                     | Ranger starts at {ranger_from} in a year and gives free express delivery.
Waypoints   | How do I become Summit? / What does Summit take?                                | Summit starts at {summit_from} in a year and adds 1 free repair each year.
Trailheads  | Can you hold an item for me? / How long does a Trailhead put something aside?  | A Trailhead can hold an item for you for {hold_time}.
Trailheads  | How fast can I collect? / When is my order ready at the Trailhead?              | An order collected at a Trailhead is ready in {collect_time} when the item is on the shelf.
Trailheads  | When is my size back? / How often do new batches come?                          | New batches reach us about every {restock}.
Gift cards  | When does the gift card arrive? / How fast is a gift card?                      | A gift card arrives by email within {card_mail}.
Gift cards  | Do gift cards expire? / How long is a gift card good for?                       | Gift cards last {card_life}.
Payment     | Do you need my whole card number? / Which digits of my card do you want?       | Never send us your full card number. We only ever need the last {last_digits}.
Care        | How do I wash a shell? / How hot may a rain jacket be washed?                   | Wash it at {wash_heat} with a soap made for shells. No fabric softener.
Care        | When do I renew the water repellent? / How often should I reproof?              | Renew the water repellent after every {reproof}.
Care        | How do I dry down? / How long does a down jacket need in the tumble dryer?      | Tumble dry low with 3 clean tennis balls until no clumps are left. It takes about {down_dry}.
Care        | How long should a tent dry? / Can I pack my tent damp?                           | Dry it fully for {tent_dry} before you pack it away.
Care        | How often do I wax boots? / When does leather need wax?                          | Wax leather every {wax_every} in the wet months.
Care        | When do I backflush the filter? / My filter got slow, what now?                  | Backflush a water filter after every {backflush}.
Account     | How long does the password link work? / My password link is dead, why?          | A password link works for {link_life}.
Account     | My Basecamp account is locked, why? / How many tries do I have?                  | Your Basecamp account locks after {lock_tries}. It opens again by itself after {lock_time}.
"""


def rows() -> list[tuple[str, tuple[str, ...], str]]:
    """Returns topic, wordings of the question, and the answer with its slots open."""
    cells = ([cell.strip() for cell in line.split("|")] for line in _ROWS.strip().splitlines())
    return [(topic, tuple(asked.split(" / ")), answer) for topic, asked, answer in cells]
