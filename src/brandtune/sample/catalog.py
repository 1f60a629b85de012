"""What Larkspur sells: names, sizes, prices and raw attributes; `language/products.py` describes it."""

# ruff: noqa: E501, SIM905 (a table reads best with one row a line)

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

LINES = """
Fernway Alder Tarn Corrie Skylark Heather Bracken Rowan Larch Kestrel Merlin Plover Curlew Hollin Stonechat Beck
Fellside Ghyll Moorland Saltmarsh Windrow Cairn Brightwater Juniper Thistle Sorrel Teasel Yarrow Marram Ashdown
Ember Drift Harbour Hazelwood Quarry Ridgeway Scree Timber Upland Wren
""".split()

# type | what people call it | plural? | family | fit | care | sizes | grams | price | materials | uses
_TYPES = """
Tent           | tent     | - | shelter   | -        | shelter | -     | 1100-3400 | 190-420 | ripstop nylon, recycled polyester | backpacking, family camping, bike trips
Tarp           | tarp     | - | shelter   | -        | shelter | -     | 380-900   | 60-140  | ripstop nylon, coated polyester   | bivvy nights, day shade, canoe trips
Hammock        | hammock  | - | shelter   | -        | shelter | -     | 350-800   | 45-110  | ripstop nylon, soft taffeta       | forest camps, garden naps, canoe trips
Sleeping Bag   | bag      | - | sleep     | -        | down    | -     | 650-1600  | 120-340 | duck down, recycled fill          | cold nights, bunkhouses, backpacking
Sleeping Mat   | mat      | - | sleep     | -        | pack    | -     | 380-900   | 50-160  | closed-cell foam, coated nylon    | rocky camps, bunkhouses, backpacking
Backpack       | pack     | - | carry     | pack     | pack    | pack  | 950-2100  | 110-260 | recycled nylon, tough canvas      | hut to hut walks, long trails, travel
Daypack        | pack     | - | carry     | -        | pack    | -     | 380-800   | 55-120  | recycled nylon, tough canvas      | day hikes, commutes, school runs
Duffel         | duffel   | - | carry     | -        | pack    | -     | 700-1400  | 70-150  | coated canvas, recycled nylon     | road trips, wet boats, weekends away
Rain Jacket    | jacket   | - | shell     | outer    | shell   | alpha | 280-520   | 110-280 | 3-layer nylon, recycled polyester | wet hikes, bike rides, windy ridges
Wind Shell     | shell    | - | shell     | outer    | shell   | alpha | 90-220    | 60-130  | light nylon, recycled polyester   | trail runs, breezy tops, early starts
Down Jacket    | jacket   | - | insulated | outer    | down    | alpha | 320-620   | 140-320 | duck down, light nylon            | frosty camps, winter walks, belays
Insulated Vest | vest     | - | insulated | outer    | down    | alpha | 220-380   | 80-170  | recycled fill, light nylon        | cool mornings, campfire evenings, commutes
Fleece         | fleece   | - | layer     | outer    | fleece  | alpha | 260-480   | 55-120  | recycled fleece, grid fleece      | chilly starts, layering, cabin evenings
Base Layer     | layer    | - | layer     | base     | wool    | alpha | 150-240   | 45-95   | merino wool, wool blend           | ski tours, cold camps, winter runs
Wool Shirt     | shirt    | - | layer     | base     | wool    | alpha | 180-320   | 60-110  | merino wool, wool blend           | travel, warm days, hut evenings
Trousers       | trousers | p | legs      | legs     | -       | waist | 280-480   | 65-140  | stretch nylon, canvas blend       | scrambles, day hikes, travel
Shorts         | shorts   | p | legs      | legs     | -       | waist | 150-260   | 40-85   | stretch nylon, light cotton blend | summer hikes, paddling, warm climbs
Hiking Boots   | boots    | p | footwear  | footwear | leather | shoe  | 900-1400  | 130-260 | full-grain leather, nubuck        | rocky paths, wet moors, heavy packs
Trail Shoes    | shoes    | p | footwear  | footwear | leather | shoe  | 520-820   | 90-160  | nubuck, mesh and suede            | quick hikes, forest paths, dry hills
Socks          | socks    | p | wear      | sock     | wool    | sock  | 50-110    | 12-28   | merino wool, wool blend           | long days, cold feet, boot hikes
Gloves         | gloves   | p | wear      | hand     | wool    | hand  | 60-190    | 25-80   | boiled wool, softshell            | cold mornings, ski tours, winter rides
Gaiters        | gaiters  | p | wear      | -        | -       | hand  | 140-260   | 30-70   | ripstop nylon, coated polyester   | boggy paths, snow, tall grass
Beanie         | beanie   | - | wear      | head     | wool    | -     | 50-100    | 18-38   | merino wool, recycled acrylic     | frosty camps, windy tops, dog walks
Sun Hat        | hat      | - | wear      | head     | -       | -     | 60-120    | 22-45   | light cotton, quick-dry nylon     | desert walks, boat days, summer hills
Stove          | stove    | - | cook      | -        | -       | -     | 85-420    | 40-130  | steel and brass, titanium         | solo dinners, car camps, long trails
Cookset        | cookset  | - | cook      | -        | -       | -     | 280-900   | 35-110  | hard aluminium, titanium          | camp dinners, solo trips, family weekends
Bottle         | bottle   | - | drink     | -        | bottle  | -     | 150-420   | 15-40   | steel, tough plastic              | day hikes, commutes, gym bags
Water Filter   | filter   | - | drink     | -        | filter  | -     | 60-340    | 30-95   | hollow fibre, ceramic             | hill streams, travel, long trails
Headlamp       | headlamp | - | light     | -        | -       | -     | 60-140    | 25-80   | aluminium, tough plastic          | night hikes, early starts, camp chores
Trekking Poles | poles    | p | walk      | -        | -       | -     | 360-560   | 45-130  | carbon, hard aluminium            | steep hills, river crossings, heavy packs
"""

_FAULTS = {
    "shelter": "a torn seam|a bent pole|a broken zip|a leaking floor|a split fly",
    "sleep": "a burst seam|a leaking valve|a stuck zip|a flat patch in the fill|a broken toggle",
    "carry": "a torn strap|a cracked buckle|a split seam|a bent frame|a broken zip",
    "shell": "a leaking seam|a peeling lining|a broken zip|a torn cuff|a loose hood cord",
    "insulated": "a split seam|a feather leak|a stuck zip|a torn pocket|a loose cuff",
    "layer": "a hole at the elbow|a loose hem|a split seam|a broken zip|a torn collar",
    "legs": "a split seam|a broken button|a torn knee|a jammed zip|a loose hem",
    "footwear": "a loose sole|a torn eyelet|a split toe cap|a worn heel lining|a broken lace hook",
    "wear": "a dropped stitch|a hole at the seam|a loose thread run|a torn edge|a split lining",
    "cook": "a bent handle|a blocked jet|a cracked lid|a leaking valve|a loose hinge",
    "drink": "a leaking cap|a cracked body|a loose seal|a broken loop|a split hose",
    "light": "a dead switch|a cracked lens|a flickering bulb|a loose strap|a broken battery door",
    "walk": "a slipping lock|a bent shaft|a cracked grip|a broken tip|a torn wrist strap",
}
_PARTS = {
    "shelter": "pegs|guy lines|spare poles|tree straps", "sleep": "stuff sacks|patches|straps",
    "carry": "hip pockets|spare clips|straps", "footwear": "spare laces|insoles", "cook": "pot grips|lids|spare seals",
    "drink": "spare seals|clean caps|hoses", "light": "batteries|head straps", "walk": "baskets|rubber tips",
}  # fmt: skip
SIZES = {
    "-": (), "alpha": ("S", "M", "L", "XL"), "waist": ("30", "32", "34", "36", "38"), "pack": ("S", "M", "L"),
    "shoe": ("6", "7", "8", "9", "10", "11"), "sock": ("M", "L"), "hand": ("S", "M", "L"),
}  # fmt: skip
COLOURS = ("moss", "slate", "rust", "sand", "lake blue", "heather", "charcoal", "clay")


@dataclass(frozen=True)
class Product:
    """One product page; `title` is the exact name the house uses."""

    handle: str
    title: str
    type: str
    kind: str
    plural: bool
    family: str
    fit: str
    care: str
    sizes: tuple[str, ...]
    grams: int
    price: int
    attributes: tuple[tuple[str, str], ...]

    @property
    def slots(self) -> dict[str, Any]:
        """What the language needs to talk about this product, agreement included."""
        p = self.plural
        return {
            "product": self.title, "handle": self.handle, "kind": self.kind, "family": self.family, "plural": p,
            "fit": "" if self.fit == "-" else self.fit, "care": "" if self.care == "-" else self.care,
            "it": "they" if p else "it", "them": "them" if p else "it", "is": "are" if p else "is",
            "isnt": "aren't" if p else "isn't", "doesnt": "don't" if p else "doesn't",
            "pair": "pair" if p else "one", "it_s": "they're" if p else "it's", "pairof": "pair of " if p else "", "has": "have" if p else "has",
            "come": "come" if p else "comes", "run": "run" if p else "runs", "smell": "smell" if p else "smells",
            "wasnt": "weren't" if p else "wasn't", "reach": "reach" if p else "reaches", "look": "look" if p else "looks",
            **dict(self.attributes),
        }  # fmt: skip

    def faults(self) -> list[str]:
        return _FAULTS[self.family].split("|")

    def parts(self) -> list[str]:
        return _PARTS.get(self.family, "").split("|") if self.family in _PARTS else []


def build(count: int, *, rng: random.Random) -> list[Product]:
    """Returns up to `count` products with distinct names, spread evenly over the types."""
    types = [[cell.strip() for cell in line.split("|")] for line in _TYPES.strip().splitlines()]
    lines = {row[0]: rng.sample(LINES, len(LINES)) for row in types}
    wanted = min(count, len(types) * len(LINES))
    return [_product(types[n % len(types)], lines, n // len(types), rng) for n in range(wanted)]


def _product(row: list[str], lines: dict[str, list[str]], nth: int, rng: random.Random) -> Product:
    type_, kind, plural, family, fit, care, sizes, grams, price, materials, uses = row
    people = str(rng.choice((1, 2, 3, 4))) if type_ == "Tent" else ""
    volume = {"Backpack": (35, 70), "Daypack": (14, 28), "Duffel": (30, 80)}.get(type_)
    litres = str(rng.randrange(*volume)) if volume else ""
    title = " ".join(filter(None, (lines[type_][nth], people or litres, type_)))
    weight = _between(grams, rng) // 10 * 10
    attributes = {
        "material": rng.choice(materials.split(", ")),
        "weight": f"{weight} g" if weight < 1000 else f"{weight / 1000:.1f} kg",
        "season": str(rng.choice((2, 3, 3, 4))) if family in ("shelter", "sleep") else "",
        "use": rng.choice(uses.split(", ")),
        "colour": rng.choice(COLOURS),
        "people": people,
        "litres": litres,
    }
    return Product(
        handle=title.lower().replace(" ", "-"), title=title, type=type_, kind=kind, plural=plural == "p",
        family=family, fit=fit, care=care, sizes=SIZES[sizes], grams=weight, price=_between(price, rng),
        attributes=tuple(attributes.items()),
    )  # fmt: skip


def _between(span: str, rng: random.Random) -> int:
    low, high = span.split("-")
    return rng.randint(int(low), int(high))
