"""Late, damaged and missing parcels: what customers write, and how the house answers."""

# ruff: noqa: E501 (one alternative is one line of the grammar)

CASES = {
    "late_delivery": {"moving": 4, "stuck": 4, "depot": 2, "quiet": 2},
    "damaged_item": {"photo": 4, "nophoto": 5},
    "missing_item": {"split": 3, "part": 4, "whole": 3},
}

MESSAGES = """
late_delivery.subject:
    (Where is|Still waiting for|No sign of) my {product}
    (Late parcel|Late delivery|Delivery question), {order}
    (Parcel stuck|Tracking not moving|Parcel not here yet)
late_delivery.say:
    ?case=moving I ordered the {product} (on {day}|3 days ago|last {day}) and (it's not here yet|nothing has come yet|the parcel is still out there). (Tracking says it's in {scan_city}|The last scan was in {scan_city} this morning).
    ?case=moving (My parcel|The parcel) with the {product} (is crawling along|seems slow|takes its time). It (left|passed) {scan_city} (yesterday|this morning|last night).
    ?case=stuck My {product} (hasn't moved|has been stuck|has been sitting) in {scan_city} (since {day}|for a week|for days). (Tracking is frozen|No new scan at all|The page never changes).
    ?case=stuck The tracking for my {product} (stopped|froze|went dead) in {scan_city} (last {day}|a week ago|6 days ago). (I think it's lost|Did it fall off the van?|Looks lost to me).
    ?case=depot The carrier (left a card|wrote to me|says) that my {product} {is} (at the depot|held at their depot|waiting at the depot) in {scan_city}. I (was out|missed them|was at work) (on {day}|when they came|yesterday).
    ?case=depot I missed the driver (on {day}|yesterday|twice) and my {product} went (back to|to) the depot in {scan_city}. I (can't get there|have no car|work late) (this week|until {day}|right now).
    ?case=quiet I got the email that my {product} (shipped|left you|is on the way) but the tracking (page is empty|link shows nothing|number is not known).
    ?case=quiet You (sent|gave) me a tracking number for the {product} (this morning|last night|today) and (it does nothing|it says unknown|nothing comes up).
late_delivery.ask:
    ?case=moving (When will it get here|When can I expect it|How long does it normally take)?
    ?case=stuck (What happens now|Is it lost|Can you send another one|What will you do about it)?
    ?case=depot (How long do they keep it|Will it go back to you|Can it be sent out again)?
    ?case=quiet (Is that normal|Did it really leave|Is something wrong)?
    (Can you look into it|Could you check|Let me know more|Can you tell me more)(| please)?
damaged_item.subject:
    (Damaged|Broken|Faulty) {product}
    {product} (arrived|came) (damaged|broken|with {fault})
    (Problem with|Damage on) my new {product}
damaged_item.say:
    (My|The) {product} (arrived|came|turned up) (on {day}|today|yesterday) with {fault}. <damage.box>
    I (opened|unpacked) the {product} (today|last night|on {day}) and (found|saw|there was) {fault}. <damage.box>
    (Brand new|Straight out of the box|First look at) the {product} and (there it was, {fault}|I see {fault}|there is {fault}). <damage.box>
damage.box:
    The box (was crushed|looked fine|was wet|had a hole in it|was half open).
    (I haven't used {them} at all|Not even used once|I didn't touch anything).
    (It must have been like that|Someone must have missed it) (when it was packed|before it left you).
    ?case=photo (I took a photo|Photo attached|I added a picture).
damaged_item.ask:
    ?case=photo (I attached a photo|Photo is attached|See the picture). (What now|Can you send a new {pair}|What happens next)?
    ?case=nophoto (Can I get a new {pair}|Do I need to send {them} back|How do we fix this|Can you replace {them})?
    ?case=nophoto (What do you need from me|What should I do with {them}|Who pays to send {them} back)?
missing_item.subject:
    (Missing item|Something missing|Incomplete order), {order}
    ?case=split|whole {product} (not in the parcel|missing from my order)
    ?case=part (Missing {part_bare}|No {part_bare} with my {product}|{product} came without {part_bare})
missing_item.say:
    ?case=split I ordered (5|6|4) things and the parcel (today|on {day}|yesterday) had (only some|just half|only 3) of them. The {product} {is} (missing|not in it|not there).
    ?case=split My (big|large) order came (today|on {day}), but (without|minus) the {product}. (The box felt light|It was only one box|The slip lists everything).
    ?case=part My {product} came without {part}. (I looked everywhere|I checked the bag twice|I emptied the whole box).
    ?case=part (Set up|Unpacked) the {product} (today|last night|on {day}) and there were no {part_bare} (in the bag|in the box|anywhere). (I looked twice|I turned the box upside down).
    ?case=whole The parcel came (today|on {day}|yesterday) but the {product} {is} not in it. (Only the paper|Just a slip|Only a pair of socks) (in the box|was there).
    ?case=whole My {product} should be in (this box|the parcel), (the slip says so|it's on the slip), but (no sign of {them}|there's nothing there). (The tape looked odd|The box was open on one side|The tape was fine).
missing_item.ask:
    ?case=split (Is there a second parcel|Is the rest on its way|Should I wait|Did you forget {them})?
    ?case=part|whole (Can you send|Could you post|How do I get) (the missing bit|what's missing|the rest)?
    ?case=part|whole (What can we do|How fast can you send it|Do I need to pay for that)?
"""

REPLIES = """
late_delivery.feel:
    ?case=moving (Watching a parcel|Following a parcel|Watching a tracking page) (crawl along|go from town to town|take its time) (tests anyone's patience|is slow going|isn't much fun).
    ?case=moving (I can see|We can see) (why you're keen|you're keen) to have the {product} (in your hands|at your door|home).
    ?case=stuck A tracking page that (hasn't moved|stays still|stops) in {scan_city} (would worry me too|is hard to watch|is no comfort).
    ?case=stuck (I'm sorry|Sorry) your {product} (got|went and got) stuck in {scan_city}, (you've waited long enough|that's frustrating|waiting like that is tiring).
    ?case=depot (Missing the driver|A missed driver|A card on the mat) is (always|so) annoying, (most of all|even more so) when (you've looked forward to it|you're at work all day|the parcel is so close).
    ?case=depot (I'm sorry|Sorry) the driver (came while you were out|missed you), (so close|that's bad timing) for your {product}.
    ?case=quiet (An empty tracking page|A blank tracking page|A tracking link with nothing behind it) (makes anyone wonder|isn't much comfort|looks odd), I know.
    ?case=quiet (I see why|It's clear why) that (blank page|silent number) (had you worried|made you wonder) about the {product}.
late_delivery.answer:
    ?case=moving Standard delivery takes {std_ship}, (so your {product} is still on time|and your parcel is within that). (The scans look healthy|It's moving as it should|The last scan looks good).
    ?case=moving (Your {product}|The parcel) should (be with you|reach you|arrive) inside our {std_ship} for standard delivery. (The scan in {scan_city} shows it's moving|It has already passed {scan_city}).
    ?case=stuck A parcel counts as lost after {lost_after} without a scan. (If that happens|When it gets there), (we send|you get) a new {pairof}{product} or (your money back|a refund), (your choice|you pick).
    ?case=stuck (We've asked the carrier|I've asked the carrier|The carrier has our note) to look for it in {scan_city}. After {lost_after} without a scan it counts as lost, and (we send a new {pair}|you get a new {pair}) or (refund you|a refund).
    ?case=depot The depot (keeps|holds) your {product} for {depot_hold}, (so there's time|so nothing is lost). (After that it comes back to us|Then it travels back to us), and we (send it out again|post it again).
    ?case=depot (Your parcel is safe|The parcel is safe) in {scan_city}, where it (stays|waits) for {depot_hold}. (The carrier can try again|They'll try again) on (a day that suits you|a day you pick).
    ?case=quiet Tracking wakes up within {track_wake} of the parcel leaving us, (so this is normal|so a quiet page is normal). Your {product} {is} (on the way|with the carrier). Standard delivery takes {std_ship}.
    ?case=quiet (Your {product} did leave us|The parcel has left us). The (page|number) (comes to life|wakes up) within {track_wake}, after the first scan. From there (it takes|count on) {std_ship}.
late_delivery.next:
    ?case=moving (keep an eye on|check) the tracking page (tomorrow|in 2 days|at the end of the week).
    ?case=moving (reply to us|write back) if nothing has come (by then|in that time).
    ?case=stuck (tell us|reply with) which you'd (like|prefer), a new {pair} or a refund.
    ?case=stuck (reply|write back) (on {day}|next {day}) if the page still hasn't moved.
    ?case=depot (pick|choose) a new delivery day (on the carrier's page|with the link on the card).
    ?case=depot (call|ring) the depot with the number on (your card|the card).
    ?case=quiet (look at|check) the tracking page again (tomorrow|this time tomorrow).
    ?case=quiet (open|try) the link (once more|again) (tomorrow morning|in a day).
damaged_item.feel:
    (Opening a new {pairof}{kind} to find|Unpacking a {pairof}{kind} and finding) {fault} is (a rotten surprise|a real letdown|the last thing you want).
    (I'm sorry|I'm so sorry|Sorry) your {product} (arrived|came|reached you) with {fault}.
    (Nobody wants|No one hopes for) {fault} (on day 1|in a fresh parcel|before the first trip), (I'm sorry|and I'm sorry it happened).
    {fault} (on|in) a brand new {pairof}{kind} isn't (okay|the start we wanted for you|good), (and we'll fix it|so let's put it right).
damaged_item.answer:
    ?case=photo (Your photo|The photo|That photo) is all we need (, thank you|). We're (sending|posting) a new {pairof}{product} free (of charge|), and (you can keep|there's no need to return) the damaged {pair}. (Expect it in|It takes) {std_ship}.
    ?case=photo (Thanks for the photo|The photo says it all|Your photo makes it clear). (A new {pairof}{product} is|We'll send a new {pairof}{product}) (on us|free), and the old {pair} doesn't need to come back. (Delivery takes|It should take) {std_ship}.
    ?case=nophoto We (replace|swap) a damaged {pairof}{kind} free, and (you don't need to|there's no need to) send it back. (All we ask for is|We only need) one photo within {report_window} of delivery.
    ?case=nophoto (A new {pairof}{product} is|We'll make sure a new {pairof}{product} is) (on us|free). (Just show us|Just send us) one photo of the (damage|problem) within {report_window} of delivery. (Keep the old {pair}|No return needed).
    ?case=nophoto (You won't pay a thing|It won't cost you anything): we replace your {product} once we (see|have) a photo. (Please send it|That photo should reach us) within {report_window} of delivery. (The old {pair} can stay with you|Nothing needs to come back).
damaged_item.next:
    ?case=photo (reply|write back) to confirm (your address|the delivery address|where to send it).
    ?case=photo (tell us|let us know) if your address has changed.
    ?case=nophoto (reply with|send us) (one photo|a clear photo|a photo) of the (damage|problem|fault).
    ?case=nophoto take one photo of (it|the fault|the damage) (in daylight|up close) for (this thread|us).
missing_item.feel:
    ?case=split (Half an order|A box with gaps|Part of an order) (is a strange thing to open|raises questions|makes you wonder), (I know|I get that).
    ?case=split (I see why you worried|No wonder you asked) when the {product} {wasnt} (there|in the box).
    ?case=part (Unpacking a {pairof}{kind} without {part}|A {pairof}{kind} without {part}) is (no use to anyone|like a map with a hole|a poor start).
    ?case=part (I'm sorry|Sorry) {part} (didn't make it|went missing|got left out) (into the bag|into the box).
    ?case=whole (An empty spot|A gap) where (your {product} should be|the {product} should be) is (a nasty surprise|such a letdown).
    ?case=whole (I'm sorry|Sorry), (a box without|opening a box without) the {product} is (a real letdown|a sad moment|no fun at all).
missing_item.answer:
    ?case=split Large orders (can|sometimes) travel in 2 parcels. (The second one lands|The other half lands|The rest lands) up to {split_gap} (later|after the first), and (your {product} is in it|that's where your {product} is).
    ?case=split (Good news|Nothing is lost): your {product} {is} in a second parcel. (It arrives|You'll have it) up to {split_gap} after the first one. (Bigger orders often split|We split bigger orders to save space).
    ?case=part (We'll send|I'm sending) {part} for your {product} (free|at no cost), by express. (That takes|Expect the parcel in) {express_ship}. (Thanks for telling us|You were right to tell us) within {report_window} of delivery.
    ?case=part A missing part (is sent again|goes out again) free, by express delivery, so (expect the parcel|the parcel is there) in {express_ship}. (We only ask|We just ask) to hear about it within {report_window} of delivery.
    ?case=whole We'll send (another|a new) {pairof}{product} free, by express delivery. (It takes|Expect it in) {express_ship}. (You told us|You wrote to us) within {report_window} of delivery, so (all is well|that's all we need).
    ?case=whole (A missing item|What's missing) is sent again free (and fast|by express). (Your {product} will take|Count on) {express_ship}. (You don't need to fill in a form|There's no form to fill in).
missing_item.next:
    ?case=split (look out for|wait for) the second parcel (this week|over the next days).
    ?case=split (reply|write to us) if it hasn't come (after that|by then).
    ?case=part|whole (reply|write back) to confirm your (delivery |)address.
    ?case=part|whole (send us|reply with) a photo of the (packing slip|slip in the box|box label).
"""
