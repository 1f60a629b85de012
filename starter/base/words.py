"""Lists of everyday words that slots are filled from; each is divided between training and probes by `reserved`."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in text.split())


FIRST_NAMES = _words("""
Ada Adam Agnes Aidan Alba Alma Amara Amir Anders Anita Anton Aroha Arjun Astrid Aya Beatriz Bella Ben Bianca Bruno Carla
Carmen Cecil Chidi Clara Colin Connor Cora Dana Daria David Delia Dev Diego Dora Dylan Edith Edwin Ela Eli Elif Emil Emma
Enzo Erik Esme Esther Ewa Ezra Fatima Felix Femi Fiona Flora Frank Freya Gabor Gemma George Gina Goran Grace Greta Gus
Hana Hassan Hector Heidi Helga Henry Hiro Hugo Ian Ida Ilse Imran Ines Ingrid Iris Isaac Ivan Ivy Jada Jakob Jana Jasper
Joan Joel Jonas Jorge Josef Judith Julia Kai Karim Karl Kate Kenji Kerry Kira Klara Kofi Lara Lars Laszlo Leah Leo Lena
Lila Linda Liam Lotte Lou Lucia Luis Luna Mae Magnus Maja Malik Marco Maria Mark Marta Mary Mateo Maud Maya Mei Mia Mila
Milo Mina Mira Moses Nadia Naomi Nell Nia Nico Nils Nina Noah Noor Nora Odette Ola Olga Oliver Omar Orla Oscar Otto Paula
Pearl Petra Pia Quinn Rafael Rana Ravi Rex Rita Robin Rosa Rory Rune Ruth Sadia Sam Sana Sara Saul Selma Shira Silas
Simon Sofia Stella Sunil Sven Tara Tessa Theo Tilda Tomas Toni Umar Una Vera Victor Vince Wanda Wes Xenia Yara Yusuf Zara
""")
ITEMS = _words("""
lamp kettle chair desk jacket rucksack mug notebook pencil blanket pillow candle clock mirror vase basket umbrella scarf
glove helmet tent torch rope ladder hammer drill saw bucket broom hose spade rake pot pan knife spoon plate bowl glass
bottle cork tray oven toaster fridge radio speaker camera tripod lens phone charger cable keyboard screen printer scanner
guitar drum flute violin piano ball bat net racket bicycle saddle pump tyre bell car_seat pram cot toy kite puzzle doll
shirt coat boot sandal sock belt hat apron towel curtain carpet shelf drawer wardrobe sofa stool bench table bed mattress
ring bracelet watch necklace wallet purse suitcase map compass whistle stove cooler hammock canoe paddle anchor sail
""")
ADJECTIVES = _words("""
red blue green yellow white black grey brown orange purple small large old new warm cold soft hard light heavy long short
round square quiet loud bright dark fresh dry wet clean rough smooth thin thick simple fancy cheap sturdy wooden plastic
woollen leather steel folding spare second broken missing
""")
TOWNS = _words("""
Abbotsby Alderford Ashcombe Aveling Barrowdale Beckford Birchwell Blackmere Brackenby Bramhurst Bridgely Burnmouth
Calderwick Carrowmoor Castlebeck Cheverton Claybourne Cobblehurst Copperfield Crawdale Cromerby Dalewick Danbury Deepwell
Dovercombe Dunmore Eastholm Edgewater Elmstead Fairhaven Farrowby Fernleigh Flintwick Foxmoor Garnet_Bay Glenhollow
Graycott Greenmoor Hadleigh Halewick Harborne Hartwell Hazelbrook Highmere Hollowby Ironbridge_End Juniper_Falls Kelmscott
Kingsford Lakehurst Lambton Larchmont Linfield Longmere Maplewick Marshby Meadowcroft Millhaven Moorgate Netherby Newcombe
Northwick Oakhollow Otterford Pebblebay Pinecrest Quarryton Ravensby Redcliffe Ridgemont Rookwood Saltmarsh Sandwell
Shadwick Silverlake Southmere Stonewick Summerby Swanford Thornbury_Hill Tidewell Upperton Waterby Westcombe Whitmoor
Willowdale Windmere Woodlark Yarrowby
""")
MATERIALS = _words("""
wool linen cotton silk leather steel oak pine beech bamboo glass clay copper brass tin aluminium rubber cork felt canvas
paper stone marble granite wax straw rattan hemp nylon velvet denim fleece birch walnut
""")
COLOURS = _words("""
red dark_red blue navy green olive yellow mustard white cream black grey silver brown beige orange purple violet pink rose
turquoise teal gold copper bright_green pale_blue sand rust lilac mint charcoal ivory
""")
DISHES = _words("""
lentil_soup onion_tart fish_pie apple_cake lamb_stew rice_bowl bean_salad mushroom_risotto cheese_toast plum_dumplings
potato_salad noodle_soup roast_chicken walnut_bread pear_crumble beef_curry carrot_cake leek_pie fried_squid egg_sandwich
pumpkin_soup tomato_pasta herring_roll spinach_pancakes garlic_prawns barley_soup cherry_strudel duck_noodles kale_salad
almond_tart goat_stew corn_bread crab_cakes fig_pudding
""")
PAYMENTS = _words("""
card cash bank_transfer cheque invoice voucher direct_debit gift_card credit_note postal_order prepaid_card phone_bill
""")
WEEKDAYS = _words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
MONTHS = _words("January February March April May June July August September October November December")
BUSINESSES = _words("""
Bakery Hotel Garage Bookshop Gallery Florist Pharmacy Studio Brewery Café Clinic Cinema Laundry Library Museum Nursery
Optics Outfitters Pottery Tailors Tours Travel Toys Theatre Cycles Kitchens Furniture Boats Farm Gym Press Records Supplies
Dairy Carpets Shoes Gardens Foods Motors Tools
""")
STREETS = _words("Street Road Lane Avenue Row Hill Square Drive Way Close Court Walk")
ONSETS = _words(
    "b bl br c ch cl cr d dr f fl fr g gl gr h j k kl l m n p pl pr qu r s sc sh sk sl sm sn sp st t th tr v w y z"
)
VOWELS = _words("a a a e e e i i o o o u u ai ea ee ie oa oo ou")
CODAS = _words("b ck d f g l ll m n n nd ng nt p r r rk rn rt s ss st t t th x zz")
