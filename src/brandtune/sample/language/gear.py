"""Gear in use: Trail Promise claims, repairs, sizes and care. What customers write, and how the house answers."""

# ruff: noqa: E501 (one alternative is one line of the grammar)

CASES = {
    "warranty_claim": {"covered": 5, "wear": 3, "accident": 2},
    "repair": {"zip": 3, "tear": 4, "many": 2, "kit": 2},
    "sizing_advice": {"any": 1},
    "product_care": {"any": 1},
}

MESSAGES = """
warranty_claim.subject:
    (Warranty|Claim|Guarantee) for my {product}
    {product} with {fault}
    (Is this covered|Covered or not), {product}
warranty_claim.say:
    ?case=covered My {product} {is} (a year|2 years|18 months|3 years) old and now (has|there is) {fault}. (I take good care of {them}|I only use {them} a few times a year|No rough use at all).
    ?case=covered (After|On) (one season|2 summers|a dozen trips) my {product} (developed|showed|got) {fault}. (That can't be normal|It looks like a factory fault|I didn't do anything odd).
    ?case=wear My {product} {has} done (6 years|hundreds of miles|10 years) with me and (now|at last) (the fabric is thin|it's worn through|the coating is gone) (at the shoulders|in places|where it rubs).
    ?case=wear (I love|I live in) my {product}, but (after so many years|after daily use) the (bottom|edge|lining) is (worn out|thin as paper|falling apart).
    ?case=accident I (burned|melted) a hole in my {product} with (the stove|a spark from the fire|a hot pan). (My own stupid fault|Totally my fault|I know, I know).
    ?case=accident (The dog|My puppy) (chewed|bit) a (hole|corner) (in|out of) my {product}. (Don't laugh|He is not sorry|I can't even be mad).
warranty_claim.ask:
    (Is that covered|Is this something your warranty covers|Does the guarantee cover that)?
    (Do I still have warranty|Am I still covered|Is there any cover left)?
    (What do you need from me|How do I make a claim|What can you do for me)?
    (Would you fix it|Can it be replaced|Could I get a new {pair})(| under warranty)?
repair.subject:
    (Repair|Fixing|Can you fix) my {product}
    (Broken zip|Torn|Needs mending|Repair question), {product}
    How much to (repair|fix) my {product}
repair.say:
    ?case=zip The (zip|main zip|buckle) on my (old |){product} (is broken|has given up|is stuck|won't close). (The rest is fine|Everything else is like new|I don't want to throw {them} away).
    ?case=tear I (ripped|tore) my {product} on (a fence|some wire|a rock|a branch|brambles). The (tear|rip|hole) is (about as long as my hand|the size of a coin|as long as a pencil).
    ?case=tear (A seam|The seam) on my {product} (came open|is coming apart|has split) (on the last trip|last weekend|after years of use).
    ?case=many My {product} {has} (2|3) (small |)tears (now|by now) (after a season in the woods|thanks to the brambles|from years of use).
    ?case=many (I counted|I found) (2|3) holes in my {product}, (all small|all about a coin wide|none of them big).
    ?case=kit There's a (tiny|small|little) hole in my {product} and I'd (like|love|rather) to patch it (myself|at home|on the kitchen table).
repair.ask:
    ?case=zip|tear (Can you repair {them}|Do you fix that|Can that be saved)? (What does it cost|How much would it be|How long does it take)?
    ?case=zip|tear (How much is a repair|What would you charge) and (how long am I without {them}|how does it work)?
    ?case=many (Do I pay for each one|Is that one price|What would it cost to fix them all)?
    ?case=kit (Do you sell a kit for that|Is there a patch kit|What do I need for that)?
sizing_advice.subject:
    (Which size|What size|Size question) (for|in) the {product}
    (Sizing|Size help|Fit) {product}
sizing_advice.say:
    ?fit=footwear I (wear|take|usually wear) a {size} in (most|other) (shoes|brands) and I (like|hike in|always wear) thick socks. I'm looking at the {product}.
    ?fit=footwear (Thinking of|Looking at|About to order) the {product}. My (normal|usual) size is {size} (and my feet are wide|but with thick socks it gets snug|with thin socks).
    ?fit=outer (My chest is {chest}|I measure {chest} around the chest). I (want|would like|am after) the {product} and (layer up a lot|wear a fleece under it|am between 2 sizes).
    ?fit=outer I'm (between|right between|torn between) {size} and {size2} for the {product}. I (plan to|will|want to) wear (a fleece|a thick layer|a jumper) under {them}.
    ?fit=base I'm (between|right between|torn between) {size} and {size2} for the {product}. I (want|would like|prefer) {them} (close to the skin|next to the skin|under everything).
    ?fit=legs I'm (tall|quite tall|not very tall) and (trousers|most legs) are (always|often) the wrong length on me. (Looking at|Thinking about) the {product}.
    ?fit=legs (My leg is 84 cm|My inside leg is 79 cm|I have long legs) and I (want|like|am after) the {product} in {size}.
    ?fit=pack My back is (about 46|about 41|around 50|close to 47) cm and I'm (looking at|after|thinking of) the {product}. (I've never measured for a pack before|Packs never sit right on me).
    ?fit=hand My palm (measures|is) (about 21|19|22|23) cm around. I (want|need|am thinking of) the {product} (for winter|for cold mornings|for ski touring).
    ?fit=head I have (a big head|a small head|lots of hair) and hats (never fit|are always a gamble). The {product} (looks nice|caught my eye|would be a gift).
    ?fit=sock I (wear|take) shoe size (7|8|9|10|11) and (want|need|would like) a few pairs of the {product}.
sizing_advice.ask:
    (Which size should I take|What size would you pick|Which one do you suggest)?
    ?!fit=head (Should I go up or down|Do I size up|Is it better to go up)?
    (How do I measure that|How do they run|Can you help me choose)?
product_care.subject:
    (Washing|Cleaning|Caring for|Care of) my {product}
    How do I (wash|clean|look after) the {product}
product_care.say:
    ?care=shell My {product} {doesnt} shed water like (before|new|{it} did). (The rain soaks in|Drops just sit there|It wets through) (after an hour|now|at the shoulders).
    ?care=shell (I need|It's time) to wash my {product} but I'm (afraid|worried|scared) to (ruin the coating|kill the membrane|do it wrong).
    ?care=down My {product} (came out of the wash|{is}) (all in lumps|flat and sad|clumpy) and (I fear|I'm afraid) I (killed|ruined) {them}.
    ?care=down (After a winter|After a whole season) my {product} {smell} of (campfire|sweat|wet dog). I've never washed down (before|at home).
    ?care=shelter My {product} (got|went away|came home) (soaked|wet|muddy) and (now there's a smell|I see small black spots|I packed {them} like that).
    ?care=shelter (Back from a wet trip|Just home), and the {product} {is} (covered in mud|full of sand|still damp).
    ?care=leather My {product} (got|are|came home) (soaked|caked in mud|stiff as wood) (after the last hike|last weekend|after a bog).
    ?care=leather The leather on my {product} (looks dry|has small cracks|has gone pale). (I never treat it|I've had them a year|They get used a lot).
    ?care=wool My {product} (smells|needs a wash|has a stain) and (the label is gone|I can't read the label|I don't want to shrink it).
    ?care=fleece My {product} (is|has gone) (all bobbly|a bit matted|full of dog hair) and (the label is gone|I can't read the label).
    ?care=pack My {product} (smells|has a stain|is covered in mud) (after the last trip|after a summer of use|from a leaking bottle).
    ?care=filter My {product} (runs slow|drips|hardly lets water through) (now|after one season|since the last trip).
    ?care=bottle My {product} (smells odd|has a strange taste|smells like old tea) (now|after the summer|since last month).
product_care.ask:
    (How do I clean {them}|How should I wash {them}|What's the right way)(| without damage)?
    (Can I put {them} in the machine|Is the washing machine OK|Hand wash or machine)?
    (What do you suggest|Any advice|What would you do|Can you help)?
"""

REPLIES = """
warranty_claim.feel:
    ?case=covered (Good gear should last|A {pairof}{kind} should last), so {fault} (is a letdown|isn't okay|is no fun) (so soon|after careful use|when you look after {them}).
    ?case=covered (I'm sorry|Sorry) your {product} (gave you|came up with|let you down with) {fault}, (you clearly look after {them}|that shouldn't happen).
    ?case=wear (Years of use|That much time outside|So many miles) (shows|tells), (and it sounds like a life well lived|and it makes us smile|and that's a {pairof}{kind} with stories).
    ?case=wear (It's hard to watch|It's sad to see) a {pairof}{kind} you (love|trust) (wear thin|get old|fade).
    ?case=accident (Oh no|Ouch), (that must have hurt to see|that's a moment nobody forgets|poor {kind}). (It happens to careful people too|It happens to the best of us).
    ?case=accident (Thanks for being honest|Thank you for the honest story), (accidents happen|these things happen) (on every trail|in every house).
warranty_claim.answer:
    ?case=covered The Trail Promise covers (your|the) {product} for {promise_life}, (and {fault} sounds like a fault of ours|and that includes {fault}). We (mend|repair) or replace {them} free. You'll (hear from us|have an answer) within {claim_answer}.
    ?case=covered (You're covered|You can lean on the Trail Promise): it (lasts|runs) {promise_life} from the day you bought {them}. We'll (mend or replace|fix or replace) your {product} free. (Claims are answered|We answer claims) within {claim_answer}.
    ?case=wear The Trail Promise covers faults for {promise_life}, (but not parts worn out by use|though not normal wear). (The Mending Bench can fix most of that|The Mending Bench loves a challenge like that), (whatever the age|at any age).
    ?case=wear (Wear from use|Worn parts) isn't something the Trail Promise covers. But the Mending Bench repairs a {pairof}{kind} of any age. (You'll get|We send) a quote within {quote_time}, and nothing starts until you say yes.
    ?case=accident (Burns and accidents|Accidents) are outside the Trail Promise, (but not outside our skills|but your {product} can be saved). The Mending Bench fixes a tear for {tear_fee} (and takes {bench_time}|in {bench_time}).
    ?case=accident The Trail Promise doesn't cover accidents, (so this one isn't free|so there's a small fee). The Mending Bench can (patch|mend) your {product} for {tear_fee}. (It takes|Count on) {bench_time} once {it} {reach} us.
warranty_claim.next:
    ?case=covered (reply with|send us) your order number in this thread.
    ?case=covered (reply with|send us) (a photo|one photo) of {the_fault}.
    ?case=wear|accident (ask for|book) a (free |)quote from the Mending Bench in your Basecamp account.
    ?case=wear|accident (reply with|send us) a photo of the (worn spot|damage) so the Mending Bench can (look|see it).
repair.feel:
    ?case=zip (A zip that won't close|A broken zip|A fastening that gives up) (can turn a good {kind} into a bag of fabric|is a small thing that spoils a lot|always picks a bad moment).
    ?case=zip (I'm glad|We're glad|It's good) you want to (keep|save|mend) your {product} (and not|instead of) (bin {them}|buy new).
    ?case=tear (A tear like that|A rip|Seeing your {kind} torn) (hurts a little|stings|is a sad sight), (I know|most of all on a favourite|even when it's nobody's fault).
    ?case=tear (I'm sorry|Sorry) (about|to hear about) the tear in your {product}, (but it's far from over|it sounds like a good fight|but it has more trails ahead).
    ?case=many (A few holes|A handful of holes|Those tears) (just mean|prove) your {product} {has} (seen some country|been somewhere|lived a little).
    ?case=kit (Patching gear yourself|A patch at the kitchen table|Mending it yourself) is (a fine way to spend an evening|good for gear and mind|something we like a lot).
repair.answer:
    ?case=zip The Mending Bench can (fix|mend|replace) that. A zip or buckle costs {zip_fee} and takes {bench_time} (from the day {it} {reach} us|once {it} {reach} us). (We send a quote first|You get a quote first), within {quote_time}.
    ?case=zip (That's a job for the Mending Bench|The Mending Bench does this every day). (You pay {zip_fee}|It's {zip_fee}), (and a fault under the Trail Promise is free|or nothing if the Trail Promise covers it). (Count on|It takes) {bench_time}.
    ?case=tear (The Mending Bench can close it|That can be mended at the Mending Bench). A tear or seam costs {tear_fee} and takes {bench_time} (from the day {it} {reach} us|once {it} {reach} us). (Please wash and dry {them} first|Wash and dry {them} before you send {them}).
    ?case=tear (Yes, your {product} can be saved|We can save your {product}). The Mending Bench (asks|charges) {tear_fee} for a tear or seam. (A quote comes|You'll get a quote) within {quote_time}, and nothing starts until you say yes.
    ?case=many The Mending Bench patches up to 3 tears on one item for one price, so (you pay {tear_fee} in all|it's {tear_fee} for all of them). (It takes|Count on) {bench_time}. (Wash and dry {them} first|Please wash {them} first).
    ?case=many (Good news|You're in luck): up to 3 tears count as one job. (That makes|So it's) {tear_fee} at the Mending Bench, and your {product} {is} back on the road in {bench_time}.
    ?case=kit Our (small |)patch kit costs {kit_cost} and ships with standard delivery, so it's there in {std_ship}. (Clean and dry the spot|Wash the spot and let it dry) before you patch your {product}.
    ?case=kit (A patch kit|The small patch kit) (will do|does the job) for your {product}. It costs {kit_cost}. If the patch doesn't hold, the Mending Bench (closes|mends) a tear for {tear_fee}.
repair.next:
    ?case=zip|tear|many (book|start) a repair (in|from) your Basecamp account.
    ?case=zip|tear|many (reply with|send us) a photo (of the spot|of the damage) for a quote.
    ?case=zip|tear|many (bring|hand) {them} (to|in at) the Trailhead in {town}.
    ?case=kit (add|put) a patch kit (to|in) your (basket|next order).
    ?case=kit (measure|check) the hole before you (order the kit|choose a patch).
sizing_advice.feel:
    (Ordering|Buying|Choosing) a size (from a screen|without trying it on) is (a bit of a guess|never easy|tricky), so (I'm glad you asked|good that you asked first|let's get it right).
    (It's smart|It's wise|I like it when people stop) to (ask|check) before (you order|the box is packed), a {pairof}{kind} that fits (makes a trip|is half the walk|gets used more).
    (You gave us what we need|Your numbers help a lot|That's just what we need to know), (thanks|thank you), so let's find (your fit|the right {product}).
sizing_advice.answer:
    ?fit=footwear The {product} {run} true to size. (Go up|We'd go up) half a size (if you wear|for) thick socks, (so|and) you keep {toe_room} between your toes and the front.
    ?fit=footwear (Start from|Take) your usual size in the {product}, (then|and) add half a size for thick socks. (Your toes need|Leave) {toe_room} (of room |)at the front.
    ?fit=outer (Between 2 sizes|When you're between 2), go up for outer layers like the {product}. (Measure around|The tape goes around) the fullest part of your chest. (The chart is on the product page|A fleece then fits under {them}).
    ?fit=outer (We'd pick|I'd take|We'd take) the bigger size of the {product}. (Outer layers need room|A warm layer has to fit) under (there|{them}). (Swaps are free|You can swap free) within {return_window} of delivery.
    ?fit=base (Between 2 sizes|When you're between 2), go down for base layers like the {product}. (They work best|It works best) close to the skin. (Swaps are free|You can swap free) within {return_window} of delivery.
    ?fit=base (We'd pick|I'd take|We'd take) the smaller size of the {product}, since (a base layer works close to the skin|loose wool can't do its job). (Measure|Put the tape) around the fullest part of your chest.
    ?fit=legs The {product} {come} in 2 leg lengths: {leg_regular} for regular and {leg_long} for long. (Measure your waist|Put the tape) where the band will sit, then (pick the leg|choose the length).
    ?fit=legs (Choose by waist first|Your waist decides the size), measured where the band will sit. The regular leg of the {product} is {leg_regular}, and the long leg is {leg_long}.
    ?fit=pack (For the {product}|With the {product}) your back length decides. S fits 38 to 43 cm, M fits 44 to 48 cm, L fits 49 to 53 cm. (Measure|It runs) from the base of the neck to the top of the hips.
    ?fit=pack (Measure your back|Run the tape) from the base of the neck to the top of the hips. (In|For) the {product}, M fits 44 to 48 cm. Below that is S, and above it is L.
    ?fit=hand (Measure around|Put the tape around) your palm, without the thumb. Medium in the {product} fits a palm of {palm}. (Go up if you're over|Above that, take large).
    ?fit=head The {product} {come} in one size that fits {hat_range}. (Put a tape|Run a tape) around your head, just above the ears, (to be sure|and you'll know).
    ?fit=sock Medium in the {product} fits shoe sizes {sock_medium}, and large fits {sock_large}. (Your shoe size makes this an easy one|That settles it for most feet|So your shoe size decides).
sizing_advice.next:
    ?fit=footwear (try|put) your hiking socks on (when you measure|before you pick a size).
    ?fit=outer|base (measure|check) your chest (with a soft tape|once more) before you order.
    ?fit=legs (measure|check) your inside leg (with a soft tape|against a wall).
    ?fit=pack ask a friend to (measure your back|hold the tape).
    ?fit=hand measure (the palm|your palm) of the hand you write with.
    ?fit=head (measure|check) your head (with a soft tape|before you order).
    ?fit=sock (choose|pick) your size on the product page.
    (visit|drop by) the Trailhead in {town} to try {pair} on.
    (reply|write back) with your (numbers|measurements) if you'd like (a second look|us to check).
product_care.feel:
    ?care=shell (Rain that soaks in|A jacket that wets through|Water that won't bead) (feels|looks) worse than it is, (so don't worry|and it can be fixed).
    ?care=shell (Worrying about the coating|Being careful with a shell) is (a good instinct|wise), (and washing helps it|but a wash does it good).
    ?care=down (Lumps of down|Clumps|Flat, sad down) (give everyone a fright|look worse than they are), (your {product} can come back|nothing is lost yet).
    ?care=down (Down soaks up smells|Smells cling to down), (that's how it goes|it's a common thing) after a (whole |)season, (I know|so you're not alone).
    ?care=shelter (Coming home with a wet {kind}|Wet gear after a trip) is (part of the deal|something we all know), (even if it's no fun|smell and all).
    ?care=leather (Boots|Shoes) that (come home like that|look like that) have (earned|had) (a good day|a proper walk), (and now some care|so let's look after them).
    ?care=wool|fleece (A missing label|A label you can't read) (makes anyone nervous|is a worry) (on wash day|with a piece you like), so (good that you asked|I'm glad you asked).
    ?care=pack (A pack that travels|A pack that gets used) (picks up smells|picks up stains|tells on you), (it's nothing to worry about|and it can be cleaned).
    ?care=filter (A slow filter|A filter that drips) (tests your patience|is no help) when (you're thirsty|the bottle is empty), (I know|I get it).
    ?care=bottle (A bottle that smells|An odd taste) (spoils|ruins) (good water|a good drink), (luckily it's easy to fix|but it's an easy fix).
product_care.answer:
    ?care=shell Wash your {product} at {wash_heat} with a soap made for shells, and skip fabric softener. (Tumble dry low for {tumble_wake} to wake the coating up|Then {tumble_wake} in a low tumble dryer wakes the coating up). (Renew the repellent|Re-proof {them}) after every {reproof}.
    ?care=shell (A wash helps more than it harms|Dirt blocks the coating, so do wash {them}). Set the machine to {wash_heat} and use a soap made for shells. (The repellent needs renewing|Renew the water repellent) after every {reproof}.
    ?care=down (Wash|Run) your {product} at {wash_heat} on a gentle cycle. (Then tumble dry low|Dry {them} low) with 3 clean tennis balls until the clumps are gone. (It takes|Give it) about {down_dry}.
    ?care=down (Down can be washed|Your {product} can go in the machine) at {wash_heat}, on a gentle cycle. (Patience is the trick|Drying is what matters): about {down_dry} in a low dryer, with 3 clean tennis balls.
    ?care=shelter Clean the {product} with a sponge and lukewarm water, never in a machine. (Then let {them} dry|Dry {them}) fully for {tent_dry} before you pack {them} away.
    ?care=shelter (Hang the {product} up|Put the {product} up indoors) and let {them} dry for {tent_dry}. (Marks come off|Mud comes off) with a sponge and lukewarm water. (Never use a washing machine|Keep {them} out of the washing machine).
    ?care=leather (Brush off the mud|Knock the mud off) your {product} and let them dry for {boot_dry}, away from heat. Wax the leather every {wax_every} in the wet months, (and it stays soft|so it stays supple).
    ?care=leather (Heat is what cracks leather|Never dry leather on a heater). (Give|Allow) your {product} {boot_dry} in a cool room, (then|and) wax them. In the wet months, wax every {wax_every}.
    ?care=wool Wool is easy: wash your {product} at {wash_heat} and dry {them} flat. (A tumble dryer would shrink {them}|Skip the dryer). (Stains lift with a little soap first|A little soap on the stain helps).
    ?care=wool (Wash|You can wash) your {product} at {wash_heat}, and lay {them} flat to dry. (Hanging pulls wool out of shape|Wool stretches when it hangs wet). (Airing often does the trick|Often a night outside airs it well).
    ?care=fleece Wash your {product} at {fleece_heat}, inside out, (and let the air dry {them}|and skip the fabric softener). (That keeps the face soft|Inside out keeps the bobbles away). (A soft brush helps with the rest|Brush it gently when dry).
    ?care=pack Wash your {product} by hand in lukewarm water (with mild soap|with a soft brush). Then hang {them} up to dry for 24 hours. (A machine would hurt the foam|The machine is too rough for the straps).
    ?care=filter (It only needs a backflush|Backflush your {product}): push clean water through the wrong way. Do that after every {backflush}. (It clears the fine dirt|Most slow filters wake up after 2 rounds).
    ?care=bottle (Rinse|Wash) your {product} after each trip and leave the cap off to dry. (Warm water and a spoon of soda|A soak with baking soda) (takes the smell away|clears the smell overnight).
product_care.next:
    ?care=shell|down|wool|fleece (set|check) the machine (to the right heat|before you start).
    ?care=shell (get|pick up) a soap made for shells (at the Trailhead in {town}|with your next order).
    ?care=down (find|borrow) 3 clean tennis balls (before you start|today).
    ?care=shelter (hang {them} up|open {them} out) (today|tonight) (in a dry room|somewhere airy).
    ?care=leather (pull out|take out) the insoles so the inside dries too.
    ?care=wool|fleece (wash {them}|start) with a cold rinse first.
    ?care=pack (empty every pocket|open every pocket) before the wash.
    ?care=filter (run|try) 2 backflushes with clean water.
    ?care=bottle (leave|soak) it overnight with the cap off.
    (tell us|write back) how {it} {look} (after that|when dry).
"""
