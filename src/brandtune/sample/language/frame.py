"""The shape of a customer's message and of a house reply; the topics (`returns.py`, `delivery.py`, ...) fill it in."""

# ruff: noqa: E501 (one alternative is one line of the grammar)

MESSAGES = """
message:
    ?reg=terse [30% <hello.short> //] <{intent}.say> <ref> <trip.line> <pii.line> [70% <{intent}.ask>] [25% // <bye.short>]
    ?reg=upset [60% <hello> //] <{intent}.say> <upset.line> <trip.line> // <ref> <pii.line> <{intent}.ask> [60% <upset.end>] // <bye>
    ?reg=formal <hello.formal> // [60% <formal.open>] <{intent}.say> <ref> <trip.line> // <pii.line> <{intent}.ask> [40% <formal.end>] // <bye.formal>
    ?reg=chatty <hello> // <chat.open> <{intent}.say> <trip.line> <ref> [40% <chat.aside>] // <pii.line> <{intent}.ask> [50% <chat.end>] // <bye>
    ?reg=plain <hello> // <{intent}.say> <trip.line> <ref> <pii.line> <{intent}.ask> // <bye>
    ?reg=plain [70% <hello> //] <{intent}.say> <ref> <{intent}.ask> <trip.line> <pii.line> // <bye>
    ?reg=casual [70% <hello.short> //] <{intent}.say> <ref> <trip.line> <{intent}.ask> <pii.line> [60% // <bye.short>]
hello:
    ?tongue=es (Hola|Buenas|Hola a todos),
    ?tongue=fr (Bonjour|Bonjour à tous|Salut),
    4* ?!tongue (Hi|Hello|Hi there|Hello there|Hey|Hi all|Hi team|Good morning|Hi Larkspur|Morning|Good evening),
hello.short:
    ?tongue=es Hola,
    ?tongue=fr Bonjour,
    ?!tongue (hi|hey|hello|hi there|hey there),
hello.formal:
    ?tongue=es Estimados señores,
    ?tongue=fr Bonjour Madame, Monsieur,
    ?!tongue (Dear Larkspur|Dear Larkspur Outdoor|Dear customer service|Good afternoon|Dear sir or madam|Dear team),
bye:
    ?tongue=es (Gracias|Muchas gracias|Un saludo|Saludos), / <sign>
    ?tongue=fr (Merci|Merci d'avance|Bien à vous|Cordialement), / <sign>
    4* ?!tongue (Thanks|Thank you|Cheers|Best|Many thanks|Thanks in advance|All the best|Thanks a lot|Best wishes|Take care), / <sign>
bye.short:
    ?tongue=es Gracias, {first}
    ?tongue=fr Merci, {first}
    3* ?!tongue (thanks|cheers|ta|thank you), {first}
    ?!tongue {first}
    ?!tongue thanks
bye.formal:
    ?tongue=es Atentamente, / {full}
    ?tongue=fr Cordialement, / {full}
    4* ?!tongue (Kind regards|Yours sincerely|Best regards|Regards|With kind regards|Yours faithfully), / {full}
sign:
    4* {first}
    3* {full}
ref:
    ?!show_order -
    ?show_order (Order|Order number|Order no.|Ref) {order}.
    ?show_order (My order number is|The order number is|The order is|It's order|This is for order) {order}.
    ?show_order (It was part of|It came in|It was on) order {order}.
trip.line:
    ?!trip -
    ?trip (We leave|I leave|We set off|I set off) for {trip} (on {day}|next {day}|in 2 weeks|soon|next week).
    ?trip I (need|needed|wanted|bought) {them} for {trip}.
    ?trip (I was counting on|I was hoping to have|The plan was to have) {them} for {trip}.
    ?trip (It's|This is|It was meant to be) for {trip}.
    ?trip {trip} is (coming up|around the corner|all booked|2 weeks away).
trip:
    4* (a weekend|a long weekend|2 nights|4 days|a week|5 days) (in|in|around) <place>
    our (first family|anniversary|yearly|autumn|spring) trip to <place>
    (a walk|a solo hike|a slow walk|a charity walk) along <path>
    (my|our) (first|big|second) hike (on|along) <path>
place:
    the Lake District
    the Cairngorms
    the Peak District
    the Brecon Beacons
    the Dolomites
    the Pyrenees
    the Adirondacks
    the Cascades
    the Blue Ridge
    the Black Forest
    the North Coast
    the Picos
    Yosemite
    Acadia
    Zion
    Glen Coe
    Connemara
    Dartmoor
path:
    the West Highland Way
    the Pennine Way
    the Coast Path
    the Camino
    the Wicklow Way
    the Long Trail
    the Colorado Trail
    the Cleveland Way
    the Kerry Way
    the John Muir Way
pii.line:
    ?!show_email ?!show_phone ?!show_address ?!show_card ?!third -
    ?show_email (You can reach me at|My email is|I also use|Please write back to) {email}.
    ?show_phone (You can call me on|My number is|Call me on|If it's easier, ring) {phone}.
    ?show_address (My address is|I live at|It should go to|The delivery address is) {address}.
    ?show_card (I paid with card|My card number is|It was charged to) {card}.
    ?third (My (sister|brother|friend|partner|neighbour|colleague) {third}|My (mum|dad|cousin|roommate) {third}) (said you would sort it out|told me to write to you|has the same one|swears by your gear|can confirm all this).
    ?third It's for (my|my dear) (friend|sister|brother|daughter|son|partner) {third}.
upset.line:
    I'm (really|quite|honestly|pretty) (annoyed|disappointed|fed up|let down).
    This is (not what I expect|not good enough|really frustrating|a real letdown) (from you|for the price|after all these years|from a brand I trust).
    I expected (more|better) (from Larkspur|for that money|than this).
    (I've been patient|I've waited long enough|I've lost a whole evening to this) (so far|already|and I'm done guessing).
    (Nobody told me|No one warned me|Not a word from you) (about any of this|so far|until now).
    It's the (second|third) time (something like this happens|I have to write).
upset.end:
    I want (a clear answer|this sorted|to hear from a real person) (today|this week|soon).
    (Please don't|Don't) send me (a standard reply|another link|a form).
    I (won't|will not) (order again|come back) if this (drags on|isn't fixed).
formal.open:
    I am writing (about|regarding|with a question about) (a recent matter|an item of yours|your service).
    (I would like to ask for your help|I hope you can help me) (with the following|in this matter).
    I hope this message finds you well.
formal.end:
    I look forward to (your reply|hearing from you).
    I would be grateful for (a short reply|an answer this week|your advice).
    Thank you for your time.
chat.open:
    (Hope you're all well|Hope you're having a good week|Long time customer here|Big fan of your gear), (quick question for you|so here goes|bit of a story for you|I have a small puzzle).
    (First of all|Before I start), I (love|adore|really like) (the catalogue|my old Larkspur fleece|your shop in {town}|how your gear lasts).
    (So|OK so|Right), (this is a bit of a long one|here's what happened|you might laugh at this).
    I've (been with you|bought from you|hiked in your gear) for years (and never had to write|and this is my first email|now).
    Sorry to (bother you|be a pain|write so late), but (I'm a bit stuck|I need a hand|I could use some help).
chat.aside:
    (The dog|My husband|My wife|My flatmate|The cat|My youngest) (thinks it's funny|had a good laugh|keeps asking about it|is no help at all).
    (The weather here|The rain here) has been (wild|grim|lovely|a joke) (by the way|this month|all week).
    (I told everyone at work|I told my hiking club|My walking group knows) about (it|you|this).
    (It's not a drama|It's not the end of the world|No panic), (I just want to get it right|but still|I promise).
chat.end:
    (No rush at all|Whenever you have a minute|Take your time), (I know you're busy|really|truly).
    (Keep up the good work|You're always so helpful|You people are great).
    (Fingers crossed|Hope that makes sense|Thanks for reading all that).
thanks:
    (Thanks|Thank you|Cheers|Great|Perfect|Brilliant), <thanks.rest>
    <thanks.rest> (Thanks|Thank you|Cheers|Much appreciated), {first}
    ?tongue=es Muchas gracias, <thanks.rest>
    ?tongue=fr Merci beaucoup, <thanks.rest>
thanks.rest:
    (that's all I needed|that worked|that helps a lot|that sorts it|that was quick|all clear now).
    (done, easier than I thought|I've just done that|will do it tonight|I'll do that this evening).
    (you've made my day|I knew you'd help|that's really kind|what a relief).
    see you (on the trail|in {town}|out there).
phone.sign:
    (Sent from my phone|Sent from my iPhone|Sent from my mobile|Get Outlook for Android)
note:
    (Checked|Looked at) (the order|the tracking|the file|past tickets), (all looks fine|nothing odd|matches what they say). (Answered|Replied) with the standard facts.
    (Third contact|Second contact) (this month|this year), (please keep an eye on it|be extra kind|watch the follow-up).
    (Tagged for|Passed to) (the weekly review|the returns desk|the product team). (No action yet|Waiting to hear).
    Customer (called as well|also wrote on chat), (same story|same question). (Merged|Linked) here.
    (Photo looks like|Sounds like) (a known batch|wear and tear|carrier damage) to me. (Will check|Asked the bench).
    {full} is a (Scout|Ranger|Summit) member, (long history|few orders|quick to answer). (Usual care|Nothing special needed).
"""

REPLIES = """
reply:
    Hi {first}, // <reply.body> // Next step: <{intent}.next> // Happy trails, / The Larkspur Trail Desk
reply.body:
    5* <{intent}.feel> // <{intent}.answer>
    3* <{intent}.feel> // <{intent}.answer> <close>
    2* <{intent}.feel> <{intent}.answer>
    2* <{intent}.feel> // <{intent}.answer> // <close>
    2* ?trip <{intent}.feel> <trip.echo> // <{intent}.answer>
    ?trip <{intent}.feel> // <{intent}.answer> // <trip.wish>
close:
    (We're here|We'll be here|The desk is here) if (anything else comes up|you get stuck|you have more questions).
    (Write back|Just reply|Reply here) if (that doesn't work|anything looks odd|something isn't clear).
    (We'll keep this thread open|We'll leave this open|This thread stays open) (for you|in case you need us).
    (Thanks for telling us|Thanks for asking first|Thanks for the clear note|Thanks for your patience|Thanks for writing to us).
    (Your note helps us|Notes like yours help us) (make better gear|get this right next time).
    ?show_order (I've noted|We've noted|I've put) order {order} (here|on this thread|at the top of this thread).
    ?show_order (All of this is|It's all) (noted|written down) under order {order}.
    ?show_email We'll (keep writing|write|answer) to {email} (as you asked|from now on|).
    ?show_phone (We can call {phone} if that's easier|If email is slow, we'll ring {phone}).
    ?show_card (I've hidden|I've removed) card {card} from this thread, we only need the last {last_digits}.
trip.echo:
    And {your_trip} (won't wait|is close|is worth getting ready for).
    (We know|I know) {your_trip} is (close|on your mind|coming up).
    We want (that|this) sorted before {your_trip}.
    (I've kept|We've kept) {your_trip} in mind (here|below|in this answer).
trip.wish:
    (Have a good time on|Enjoy|We hope the weather is kind for) {your_trip}.
    I hope {your_trip} (goes well|is a good one|brings dry days).
    (Tell us how|We'd love to hear how) {your_trip} goes.
more.reply:
    Hi {first}, // <{topic}.feel> // <{topic}.answer> [40% <close>] // Next step: <{topic}.next> // Happy trails, / The Larkspur Trail Desk
    Hi {first}, // <{topic}.feel> <{topic}.answer> // Next step: <{topic}.next> // Happy trails, / The Larkspur Trail Desk
    Hi {first}, // <{topic}.feel> // <{topic}.answer> // <close> // Next step: <{topic}.next> // Happy trails, / The Larkspur Trail Desk
"""
