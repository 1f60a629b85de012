"""What customers say in public reviews and in the survey."""

# ruff: noqa: E501 (one alternative is one line of the grammar)

QUESTIONS = {
    "likely": "What is the main reason for your score?",
    "better": "What could we do better?",
    "words": "How would you describe Larkspur to a friend?",
}

TEXTS = """
title:
    ?mood=good (Love it|Very happy|Just what I wanted|Great {kind}|Does the job well|Would buy again|My new favourite)
    ?mood=mixed (It's fine|Good but|OK for the price|Mixed feelings|Not bad|Nearly there)
    ?mood=bad (Disappointed|Not for me|Expected more|Broke too soon|Going back|Not great)
review:
    [60% <used>] <verdict> [70% <detail>] [50% <finish>]
    <verdict> <detail> [40% <used>]
used:
    (Used|Took|Had) the {product} (for a week|for a season|on 3 trips|twice so far) (in the rain|in the hills|near {place}|in all weathers).
    ?mood=good (Bought|Got) the {product} for {use} and (use it all the time|it went straight to work|tested it last month).
verdict:
    ?mood=good {it} {is} (light|warm|tough|comfy|simple|well made) and (no trouble at all|worth every penny|a joy to use|better than my old one).
    ?mood=good (Really|Very|So) (happy|pleased) with {them}, (my (friend|sister|neighbour) wants one too|can't fault {them}|no complaints).
    ?mood=mixed {it} {is} (good|decent|fine), but (a bit heavy|the colour is duller than online|the size runs odd|I hoped for more).
    ?mood=mixed (Does what it should|Works as it should), (though|but) (not much more|I miss a pocket|the fit could be better|the zip is stiff).
    ?mood=bad (After 2 trips|After a month|On day 1) I had {fault}, (not what I paid for|sad about that|such a pity).
    ?mood=bad {it} {isnt} (what I hoped for|as good as the photos|worth the price) and (I sent {them} back|I won't keep {them}|I feel let down).
detail:
    The {material} (feels|seems) (strong|thin|soft|good quality|a bit stiff).
    At {weight} {it} {is} (lighter|heavier) than I (thought|expected).
    (Delivery|The parcel) (was quick|took 4 days|came on time|was well packed).
    (Support|The trail desk) (was kind|answered fast|sorted my question|was lovely).
finish:
    ?mood=good (Would recommend|See you on the hill|Thanks Larkspur|5 stars|Buy it).
    ?mood=mixed (3 stars from me|Maybe next version|Wait for a sale|Could be great).
    ?mood=bad (Sorry to say|Not again|I'd look elsewhere|A shame).
likely:
    ?mood=good (The gear lasts|Gear that lasts|Good gear|The {product}), (friendly help|honest advice|quick answers) and (free repairs|easy returns|fair prices).
    ?mood=good (I trust you|You always help|You fixed my {kind}) (when it counts|without any fuss|and never made me feel silly).
    ?mood=mixed (Good|Decent) gear but (delivery was slow|prices went up|my size is always gone|the site is slow).
    ?mood=bad (My {kind} broke|I waited 2 weeks|No one answered), and (that hurt|I lost trust|I had to ask twice).
better:
    (More|Better) (sizes|colours|size charts|stock|delivery slots|shops near {city}) (please|would help|would be nice).
    (Nothing|Not much) really, (keep going|just don't change|all fine).
    (Make|Please make) the {product} (lighter|cheaper|in more colours|for children too).
    (Answer|Reply) (faster|on weekends), (I waited 2 days|I had a trip coming|that's all).
words:
    ?mood=good (Honest|Warm|Solid|Down to earth) gear (people|makers) who (care|know the hills|mend what they sell).
    ?mood=good (Like a friend|Like the neighbour) who (hikes a lot|lends you a {pairof}{kind}|knows every path).
    ?mood=mixed (Nice|Good) brand, (a bit pricey|not perfect|could be faster), (but I come back|still fine).
    ?mood=bad (Used to be better|Big promises|Pretty photos), (less so now|mixed quality|slow help).
"""
