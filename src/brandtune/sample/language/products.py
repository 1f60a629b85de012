"""Product pages in the house style: what it lets you do, two facts, who it's good for, the Trail Promise."""

DESCRIPTIONS = """
description:
    <open>. <facts>. Good for <good>. Backed by the Trail Promise.
open:
    <do.{family}> (with|in) the {product}
    (The|Our) {product} (lets|helps) you <do.{family}>
    <do.{family}>, (and let|letting) the {product} (look after|take care of) the rest
    With the {product} you (can|get to) <do.{family}>
do.shelter:
    (sleep|stay|rest) (dry|warm|calm) (through|in) (a wet night|a long shower|gusts and drizzle|a stormy evening)
    (make|set up|pitch) camp (in 5 minutes|before the kettle boils|by the last light|even in the wind)
    (wake up|lie back|look out) (dry|rested) (under the trees|by the lake|above the valley)
do.sleep:
    sleep (warm|well|soundly) (on cold ground|through frosty nights|wherever you stop|until the birds start)
    (wake up|get up) (rested|warm) (after a night on rock|on a hard floor|high on the hill)
    (rest|stretch out) (after a long day|when the fire is low) (without a shiver|in comfort)
do.carry:
    carry (a full day|what you need|your whole weekend) (without sore shoulders|in comfort|with ease)
    (keep|have) (your kit|your things) (dry and in order|close at hand|in reach) (on the move|all day)
    walk (longer|further|lighter) (with a heavy load|with a balanced back|without a thought for your shoulders)
do.shell:
    (keep walking|stay out|head out) when (the rain comes|the wind picks up|the clouds roll over)
    stay (dry|calm) (on the ridge|in a downpour|through a grey day) without (getting clammy|overheating)
    (laugh at|shrug off) (drizzle|gusts|a sudden shower) (on any path|all day long)
do.insulated:
    stay warm (at the camp table|on frosty mornings|when you stop for tea) without (bulk|extra weight)
    (watch|enjoy) (the stars|the sunrise|a long break) (in comfort|without a shiver)
    (step out|start early) (on cold days|in the frost) and (feel|stay) (cosy|warm)
do.layer:
    (feel|stay) (warm|dry|at ease) (from the first climb|on a slow descent|under your shell|by the fire)
    move (freely|all day) (in soft warmth|without feeling damp|and still smell fine)
    (wear|keep on) one layer from (breakfast to bedtime|the trail to the table|the car to the summit)
do.legs:
    (step|stretch|climb) (high|freely) (over rocks|on steep ground|all day) without (a pinch|holding back)
    (walk|scramble) (through brambles|over stones|in the sun) (in comfort|without a care)
    (sit|kneel|stride) (wherever|however) (you like|the path asks)
do.footwear:
    walk (all day|from dawn to dusk|mile after mile) (on steady feet|without sore feet|with a sure grip)
    (trust|enjoy) (every step|your footing) (on wet rock|over roots|down steep paths)
    (cross|take on) (mud and stones|wet grass|rough ground) (with dry feet|with ease)
do.wear:
    (stay|keep) (warm|comfortable) (at the edges|from top to toe|when the wind bites)
    (head out|start) (early|in the frost|into the wind) (without cold fingers and toes|in comfort)
    (forget about|stop thinking of) (the cold|the weather|the wind) (and just walk|for a while|on your way)
do.cook:
    (cook|eat) (a hot meal|a proper dinner|something warm) (wherever you stop|after a long day|in the wind)
    (have|make) (tea|coffee|soup) (in minutes|by the lake|before the sun is up)
    (feed|warm up) (everyone|2 hungry hikers|the whole camp) (without fuss|in no time)
do.drink:
    (carry|have) (clean|fresh|cool) water (all day|on every path|far from any tap)
    drink (clean|cool) water (from the hills|along the way|mile after mile)
    (fill up|stop) (at any stream|once) and (walk on|go further|stay out longer)
do.light:
    see (the path|your camp|the next step) (clearly|with both hands free) (after dark|before dawn)
    (walk|cook|read) (on after sunset|at night) (with both hands free|without a shadow of doubt)
    (find|follow) (the trail|your way) (in the dark|through fog|on moonless nights)
do.walk:
    (climb|walk down|cross) (steep hills|rough ground|loose stones) with (kinder knees|better balance|less effort)
    (keep|find) (your balance|a steady pace) (on mud and rock|with a heavy load|across streams)
    (save|spare) your knees (on long descents|day after day|on the way down)
facts:
    ?plural They're made of {material} and weigh {weight}[ for the two of them]
    ?plural (They use|We made them with) {material}, (and the pair weighs|so they weigh just) {weight}
    ?plural (Made of|Cut from|Built with) {material}, they (weigh|come to) {weight}. <colour>
    ?plural The {material} (holds up|stays strong) (year after year|trip after trip), and the pair weighs {weight}
    ?!plural It's made of {material} and weighs {weight}. <second>
    ?!plural (Made of|Cut from|Built with) {material}, it (weighs|comes to) {weight}. <second>
    ?!plural The {material} (holds up|stays strong) (year after year|trip after trip), and it weighs (only |){weight}
    ?!plural It weighs {weight}, (thanks to its {material}|with {material} where it counts). <second>
    ?people It (sleeps|has room for) {people}[ with their boots inside], and the {material} keeps it at {weight}
    ?litres It (holds|swallows) {litres} litres, and the {material} keeps it at {weight}
    ?season It's ready for {season} seasons, and the {material} keeps it at {weight}
second:
    ?season It's (built|ready) for {season} seasons
    ?litres It (holds|takes) {litres} litres
    The colour is {colour}, (a calm one|easy on the eye|picked from our hills)
    ?family=shelter|sleep|carry|shell|insulated|layer (It packs|It folds) (down small|away in seconds|into its own pocket)
    (You can mend it|It's easy to mend) (at home|on the road|with a small kit)
colour:
    (The colour is|They come in) {colour}, (a calm shade|easy on the eye|picked from our hills)
    (They pack|They roll) (down small|up small) (in any bag|for travel)
    (They dry|They clean up) (fast|in no time) (after a wet day|at home)
good:
    {use}[ and <more>]
    {use}, <more>[ and <last>]
    {use} and <more>
more:
    (slow weekends|first trips|old friends on a walk|the odd school run|days that start wet)
    (people who pack light|people who feel the cold|anyone who walks in all weathers|hikers who hate fuss)
    (spring|autumn|summer|winter) (weekends|evenings|trips|days off)
last:
    (everyday errands|rainy Mondays|lazy Sundays|evenings at the hut|the walk to work)
    (a loan to a friend|trips with children|dog walks|long train rides)
"""
