"""Waypoints, Basecamp accounts and gift cards: what customers write, and how the house answers."""

# ruff: noqa: E501 (one alternative is one line of the grammar)

CASES = {
    "loyalty_points": {"missing": 3, "old": 2, "value": 2, "tier": 2, "expiry": 2},
    "password_login": {"reset": 4, "locked": 3, "email": 2, "join": 2},
    "gift_card": {"late": 4, "lost": 2, "expiry": 2, "balance": 2},
}

MESSAGES = """
loyalty_points.subject:
    (My points|Points question|Missing points|Loyalty points)
    (Points|Loyalty) (for|from|and) the {product}
loyalty_points.say:
    ?case=missing My {product} (arrived|came) (yesterday|this morning|today) and (I see no points|my points have not changed|the points are not there).
    ?case=missing I (bought|got) the {product} and (expected|thought I'd get) (some points|a few points|points right away). (My balance is the same|Nothing happened so far).
    ?case=old I bought the {product} (6 weeks ago|2 months ago|last month) (as a guest|without logging in|with my other email), so (I got no points|the points never came).
    ?case=old (Looking at my points|Going through my account), I see that (none|no points) were added for the {product} (from 2 months ago|from last month).
    ?case=value I (saved|collected|have) (300|240|410|520|180) points (by now|over the years) and (want|would like|plan) to buy the {product}.
    ?case=tier I (spend|have spent) (a lot|quite a bit) with you (this year|lately), (the {product} was the last thing|most of it on the {product}). (My level is still Scout|I'm still a Scout|The app says Ranger).
    ?case=expiry I (have been away|didn't order) for (a year|a while|18 months) and (worry|fear|wonder) my points are gone. I was (saving|keeping them) for the {product}.
loyalty_points.ask:
    ?case=missing (When do they come|Did something go wrong|How long does that take)?
    ?case=old (Can they still be added|Can you add them now|Is it too late for that)?
    ?case=value (What are they worth|How much can I take off|How do I use them)?
    ?case=tier (What do I need for the next level|How does that work|When do I move up)?
    ?case=expiry (How long do they last|Do they expire|Are they still good)?
password_login.subject:
    (Can't log in|Login problem|Cannot get in|Login)
    (Password|Password reset|My account|Locked out)
password_login.say:
    ?case=reset I (wanted|tried|was trying) to order the {product} but I can't remember my password. (The reset link|Your link) (does nothing|says it's too old|never came).
    ?case=reset (No idea what my password is|My password is gone from my head) and (the reset mail isn't here|the link has expired|I can't find the reset email). (The {product} is in my basket|I want the {product}).
    ?case=locked I typed (the wrong password|my password wrong) (too often|a few times|5 times) and now (I'm locked out|the account is locked|it won't let me in). (I was about to buy the {product}|The {product} is in my basket).
    ?case=locked (It says my account is locked|Your site locked me out) (since an hour|just now|tonight). (I only wanted to track my {product}|I need to see the order for my {product}).
    ?case=email I have a new email (address|since last month) and (want|would like|need) to change it in my account. (The receipt for my {product} went to the old one|My {product} order is under the old one).
    ?case=join I seem to have 2 accounts with you, (one with each email|one from work and one private). (The {product} is in one|I bought the {product} with the second) and (my points|the rest) in the other.
password_login.ask:
    ?case=reset (Can you send a new one|What am I doing wrong|How do I get back in)?
    ?case=locked (Can you unlock it|How long does that last|What can I do)?
    ?case=email (How do I do that|Can you change it for me|Is that hard)?
    ?case=join (Can you put them together|Can they be merged|How do I make it one)?
gift_card.subject:
    (Gift card|Gift card question|Gift card problem)
    ?case=late (Gift card not here|Where is my gift card)
    ?case=lost (Lost gift card|Gift card email gone)
gift_card.say:
    ?case=late I (bought|ordered|paid for) a gift card (an hour ago|this morning|just now) (for a friend|for my mum|for a birthday) and (nothing has arrived|it hasn't come|there's no email). (They want the {product}|It's meant for the {product}).
    ?case=late (The gift card|My gift card) (isn't here yet|has not come). The party is (tonight|tomorrow|on {day}) and (it's for|they hope for) the {product}.
    ?case=lost I (deleted|lost|can't find) the email with my gift card. (I wanted|I was going) to buy the {product} with it.
    ?case=lost (My friend|My aunt|My boss) gave me a gift card and (the email is gone|I deleted it by mistake). (I wanted|I planned) to get the {product}.
    ?case=expiry I (found|have) a gift card from (last year|2 years ago|a while back) and (there's no date on it|I can't see a date). (I'd love|I'd like) the {product}.
    ?case=balance My gift card is (bigger|worth more) than the {product} costs, (so there's money left|so a bit would be left). (I don't want to lose it|I don't need anything else right now).
gift_card.ask:
    ?case=late (When does it come|Did something go wrong|Can you send it again)?
    ?case=lost (Can you send it again|Is the money gone|How do I get it back)?
    ?case=expiry (Is it still good|How long do they last|Can I still use it)?
    ?case=balance (Does the rest stay on it|Can I get the rest in cash|What happens to the rest)?
"""

REPLIES = """
loyalty_points.feel:
    ?case=missing (Checking for Waypoints and finding none|A balance that doesn't move) (right after a parcel|after a new {pairof}{kind}) (looks odd|feels wrong), (I get that|so let me explain).
    ?case=missing (I see why|No wonder) you (looked|checked) (straight away|so soon), (new Waypoints are a nice extra|we do it too).
    ?case=old (Waypoints you earned|What you earned) should be (yours|in your hands), (also when you order as a guest|so good that you looked).
    ?case=old (I'm sorry|Sorry) the {product} (never brought|didn't bring) its Waypoints (along|with it), (that's easily fixed|let's fix that).
    ?case=value (That's a good stack|You've saved well|That's a lot of miles), and the {product} is (a fine way to use it|a good thing to spend it on|a lovely goal).
    ?case=tier (You've been out there with us a lot|You've trusted us with a lot of gear|All that gear adds up) this year, (and we notice|thank you for that).
    ?case=expiry (A year passes fast|A break happens|Time flies), (and it's natural to wonder|I see why you wonder) (what's left|about your Waypoints).
loyalty_points.answer:
    ?case=missing Waypoints land in your Basecamp account {way_credit} after delivery, so (yours are on the way|it's a little early). (You earn|That's) 1 Waypoint for every $1, (also|and that's true) for the {product}.
    ?case=missing (It takes|Give it) {way_credit} from delivery until Waypoints show in your Basecamp account. (The {product} earns|Your {product} earns) 1 Waypoint for every $1 you (spent|paid).
    ?case=old (We can add|I can add) missing Waypoints for orders from the last {way_claim}, (so your {product} counts|and yours is within that). (That's|You earn) 1 Waypoint for every $1 you (spent|paid).
    ?case=old Orders from the last {way_claim} can still (earn|collect) Waypoints. (Your {product} is in time|That includes your {product}). They'll last {way_life} from (then|the day we add them).
    ?case=value Every 100 Waypoints take {way_value} off (an order|your order), (also|and that works) on the {product}. They last {way_life}, so (there's no hurry|you can take your time).
    ?case=value (You can use them at checkout|They work at checkout): 100 Waypoints take {way_value} off. (Use some or all on the {product}|The {product} counts too). (What you keep|The rest) stays good for {way_life}.
    ?case=tier Ranger starts at {ranger_from} in a year and gives free express delivery. Summit starts at {summit_from} and adds 1 free repair each year. (Your {product} counts|The {product} counts) (toward both|too).
    ?case=tier (You move up|Your level changes) at {ranger_from} in a year for Ranger, (then|and) {summit_from} for Summit. (Waypoints from your {product} arrive|Your {product} adds its share) {way_credit} after delivery.
    ?case=expiry Waypoints last {way_life} from the day (you earn them|they land). (So after a year|After a year away) (yours|most of yours) are (still there|safe), (ready|waiting) for the {product}.
    ?case=expiry (They're patient|No need to worry yet): Waypoints stay good for {way_life}. 100 of them take {way_value} off the {product}.
loyalty_points.next:
    ?case=missing (check|look at) your Basecamp account again (in 2 days|once that time is up).
    ?case=old (reply with|send us) the order number (so we can add them|of that order).
    ?case=value (slide|choose) the Waypoints you'd like to use at checkout.
    ?case=value (add|put) the {product} in your basket.
    ?case=tier|expiry (open|look at) Waypoints in your Basecamp account (to see where you stand|for your number).
password_login.feel:
    ?case=reset (Being locked out|Chasing a password link|Hunting for a reset email) (with a basket full of gear|when you just want to shop|with the {product} waiting) is (annoying|no fun|tiresome).
    ?case=reset (I'm sorry|Sorry) the link (kept you waiting|didn't work|let you down), (the {product} shouldn't have to wait|we'll get you in).
    ?case=locked (A locked door|Being shut out|A lock) (over a typo|after a few typos|over a password) (is frustrating|is a nuisance), (even when it keeps you safe|I know).
    ?case=locked (I see why|I get why) you're (stuck|annoyed), (you only wanted your {product}|a few typos shouldn't stop you).
    ?case=email (A new email|Changing email) means (a long list of places to tell|a lot of small jobs), (so let's tick this one off|and this one is quick).
    ?case=join (Having 2 accounts|Keeping 2 logins|Searching 2 places) for one person is (a muddle|easy to end up with|more work than fun), (so let's tidy up|let's make it one).
password_login.answer:
    ?case=reset (We've sent|I've sent|We just sent) a new link to the email you signed up with. It works for {link_life}, (so use it soon|so open it soon). (Look in your spam folder too|It may hide in your spam folder).
    ?case=reset A password link (works|is good) for {link_life} (only|and then stops), which is why (an old one fails|the old one stopped). (There's a fresh one|A new one is) on its way to the email you signed up with.
    ?case=locked Your Basecamp account locks after {lock_tries} and opens again by itself after {lock_time}. (You don't need to do anything|Nothing is lost, your basket is still there). (Then a new password is the safest way|After that, take it slow).
    ?case=locked (It's a safety lock|That lock is there for safety): it closes after {lock_tries}. (Your Basecamp account opens|It opens) again (by itself|on its own) after {lock_time}, (and your {product} will still be there|with everything in place).
    ?case=email (You can change it|This is done) under Profile in your Basecamp account. (To be sure it's you|For safety), we send a {code_size} code to the old email. (Old receipts move along|Your orders, like the {product}, move along).
    ?case=join (We can join|It's easy to join) 2 Basecamp accounts, and the Waypoints are added up. (Your {product} moves along|The order with your {product} moves too). We send a {code_size} code to (the old email|each email) first.
password_login.next:
    ?case=reset (open|use) the newest link (in your inbox|we sent).
    ?case=reset (look|search) for our email in your spam folder.
    ?case=locked (wait|make a tea) until the lock opens.
    ?case=locked (ask for|choose) a new password once it's open.
    ?case=email (open|go to) Profile in your Basecamp account.
    ?case=join (reply with|tell us) the email you'd like to keep.
gift_card.feel:
    ?case=late (A gift that's late|Waiting for a gift card|A missing gift) (right before the party|with a date coming up|when you planned ahead) is (stressful|nerve-racking|no fun).
    ?case=late (What a kind gift|A {pairof}{product} is a kind thought|I like that gift), (so let's get it there|let's make sure it arrives).
    ?case=lost (Losing that email|A deleted email|An email gone by mistake) (happens fast|is done in a second), (but the money is safe|and nothing is gone).
    ?case=expiry (Finding an old gift card|A forgotten gift card) is (like money in a coat pocket|a nice surprise|a small treasure), (and it gets better|well found).
    ?case=balance (It would be a pity|It'd be a shame|Nobody likes) to lose (what's left|the rest) (of a gift|after the {product}), (so good that you asked|I get that).
gift_card.answer:
    ?case=late A gift card arrives by email within {card_mail}. (It may hide|Sometimes it hides) in the spam folder. (We've sent it once more|I've sent it again), (to the email on your order|so look for the newest one).
    ?case=late (Gift cards come|They come) by email, within {card_mail}, (so yours should be there|so something held it up). (We've just sent it again|It's now sent again) to the buyer's email. (It'll pay for the {product}|It works on the {product} right away).
    ?case=lost A lost gift card can be sent again to the buyer's email. (The full balance is still on it|Nothing is lost), (and it lasts|it's good for) {card_life}, (so the {product} can wait a day|so there's time).
    ?case=lost (The buyer can get it again|We can send it again), (always|but only) to the email (it was bought with|of the buyer). Gift cards last {card_life}, so the {product} (is still within reach|can still be yours).
    ?case=expiry Gift cards last {card_life} from the day they're bought, so (yours should still be good|you've time left|yours is likely still fine). (Use it on|It works on) the {product} at checkout.
    ?case=expiry (You're likely in luck|Good find): a gift card is good for {card_life}. (You can use it|Use it) for the {product} (and keep the rest on the card|at checkout, in one go or over several orders).
    ?case=balance (The balance stays on the card|What's left stays on the card), so you can use it over several orders (after the {product}|and not just for the {product}). Gift cards last {card_life}. (They can't be swapped for cash|We can't swap them for cash).
    ?case=balance (Nothing gets lost|You keep it all): the rest (stays on your gift card|waits on the card) for {card_life}. (It can't be paid out in cash|We can't turn it into cash), but any order (after the {product} |)can use it.
gift_card.next:
    ?case=late (look|check) in the spam folder (for|to find) our email.
    ?case=late (reply|write back) if it isn't there (in an hour|by tonight).
    ?case=lost (ask|get) the buyer to (forward the new email|look in their inbox).
    ?case=lost (reply with|send us) the buyer's first name.
    ?case=expiry|balance (enter|type) the card code at checkout.
    ?case=expiry|balance (check|see) the balance in your Basecamp account.
"""
