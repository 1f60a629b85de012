"""Everyday words that stand alone or begin a sentence, and well-known places. Composed for this project."""

from starter.names.wordlists import words

_NOUNS_TEXT = """
apple banana bread butter cheese chicken carrot cherry chocolate cookie cream cucumber egg fish flour garlic ginger
grape honey jam juice lemon lentil lettuce melon milk mushroom mustard noodle nut olive onion orange pasta peach pear
pepper pie pizza plum potato pumpkin rice salad salmon salt sandwich sauce sausage soup spinach steak sugar tea toast
tomato tuna turkey vanilla vinegar walnut wine yoghurt beer cake candy cereal crab dessert dinner lunch breakfast
supper snack brunch coat scarf boot sandal shoe sneaker sock trouser skirt blouse sweater hoodie belt wallet purse
glove cap hat beanie jeans shorts legging fleece zipper button collar sleeve pocket seam hem lining fabric cotton wool
linen silk leather nylon denim hammer nail screw drill saw ladder paint brush bucket broom mop vacuum towel soap
sponge candle bulb lamp switch plug wire cable fuse socket pipe tap sink toilet shower bath mirror shelf drawer
cupboard wardrobe table stool bench couch cushion blanket pillow sheet curtain carpet rug tile brick cement wood
timber glass metal steel iron copper plastic rubber paper box bag bottle can jar lid tray plate bowl cup fork knife
spoon pan pot oven stove grill freezer dishwasher toaster computer mouse monitor screen tablet charger adapter battery
headphone earbud speaker microphone webcam modem antenna software update download upload backup folder file document
spreadsheet slide password username login logout dashboard profile settings inbox draft message notification reminder
calendar meeting agenda minutes deadline budget forecast report invoice receipt payment refund deposit transfer
balance statement fee tax interest mortgage loan rent lease contract policy claim premium coverage warranty guarantee
voucher coupon discount offer sale deal price cost total amount charge delivery shipping courier parcel package label
tracking warehouse stock order basket checkout return exchange swap gift customer client supplier vendor partner
manager team staff colleague member guest visitor driver pilot nurse teacher flight airport gate terminal luggage
passport ticket seat aisle window boarding departure arrival delay connection train station platform bus stop taxi car
bike engine brake tyre wheel mirror bumper clutch gear fuel petrol diesel oil road street bridge tunnel corner
crossing traffic junction roundabout parking garage hotel room lobby reception pool gym beach island mountain hill
valley river lake forest desert field meadow garden park trail path camp tent canyon coast rain snow wind storm cloud
sun heat frost fog weather temperature climate season winter spring summer autumn holiday doctor dentist clinic
hospital surgery medicine tablet pill dose symptom fever cough headache allergy vaccine therapy school college lesson
class exam homework grade degree course lecture library book novel chapter page author poem story film movie song
album concert band guitar piano drum violin stage theatre museum gallery exhibition painting sculpture football tennis
golf hockey cricket rugby basketball baseball swimming running cycling skiing yoga dance race match score dog cat
puppy kitten horse cow sheep goat pig duck goose hen rabbit hamster parrot lizard snake spider bee ant butterfly rose
tulip daisy lily fern moss oak maple pine birch cedar willow bush grass leaf root seed branch flower petal fruit
question answer reason problem solution idea plan project task goal result success failure mistake error issue
complaint feedback review rating survey comment opinion advice help support service quality comfort safety security
privacy consent news article headline magazine newspaper journalist editor photo video podcast channel episode season
series trailer government law court judge lawyer crime police fine prison election vote tax council mayor minister
parliament treaty number letter word sentence paragraph list table figure chart graph map sign symbol color shape size
weight height width people person man woman child baby friend family parent mother father brother sister neighbour
stranger couple crowd morning evening night noon weekend moment minute hour while future past history memory dream
hope fear joy anger luck
"""
NOUNS = tuple(_NOUNS_TEXT.split())
EXCLAMATIONS = words("""
OMG|LOL|Ta|Cheers|Brilliant|Super|Perfect|Great|Awesome|Fantastic|Lovely|Wonderful|Cool|Nice|Wow|Yay|Oops|Ugh|Hmm|Hooray
Hurrah|Yep|Nope|Yeah|Nah|Okay|OK|Alright|Sure|Indeed|Exactly|Absolutely|Definitely|Certainly|Obviously|Honestly|Frankly
Sadly|Unfortunately|Luckily|Hopefully|Apparently|Actually|Basically|Seriously|Anyway|Meanwhile|However|Therefore|Finally
Sorry|Apologies|Welcome|Congratulations|Greetings|Morning|Evening|Hiya|Howdy|Heya|Yo|Goodbye|Bye|Farewell|Gracias
Muchas gracias|Merci|Merci beaucoup|Danke|Vielen Dank|Grazie|Obrigado|Dank u|Tack|Takk|Bitte|Prego|Por favor|Hola|Salut
Bonjour|Bonsoir|Ciao|Hallo|Hej|Buenas|Buenos días|Buenas tardes|Guten Tag|Guten Morgen|Saludos|Un saludo|Atentamente
Cordialement|Estimados|Estimado equipo|Liebe Grüße|Viele Grüße|Mit freundlichen Grüßen|Best|Regards|Kind regards
Warmly|Sincerely|Respectfully|Yours|Thx|Thanx|Tnx|Pls|Plz|Btw|Fyi|Asap|Imho|Afaik|Tbh|Haha|Hehe|Ping|Bump|Urgent|Help
Attention|Important|Reminder|Warning|Caution|Note|Notice|Update|Error|Question|Summary|Details|Re|Fwd|Subject|Hello
Swaps|Returns|Exchanges|Refunds|Gifts|Orders|Repairs|Downloads|Accounts|Payments|Careers|Press|Blog|Shop|Sale|Home
Profile|Settings|Account|Basket|Checkout|Wishlist|Favourites|Preferences|Notifications|Privacy|Security|Billing|Support
""")
PLACES = words("""
London|Paris|Berlin|Madrid|Barcelona|Rome|Milan|Naples|Turin|Florence|Venice|Vienna|Salzburg|Zurich|Geneva|Basel|Bern
Munich|Hamburg|Cologne|Frankfurt|Stuttgart|Leipzig|Dresden|Bremen|Amsterdam|Rotterdam|Utrecht|The Hague|Brussels|Antwerp
Ghent|Bruges|Lisbon|Porto|Dublin|Cork|Galway|Limerick|Belfast|Edinburgh|Glasgow|Aberdeen|Dundee|Inverness|Cardiff|Swansea
Manchester|Liverpool|Leeds|Sheffield|Bristol|Birmingham|Nottingham|Leicester|Newcastle|Sunderland|Brighton|Oxford
Cambridge|Bath|York|Norwich|Exeter|Plymouth|Carlisle|Crewe|Chester|Derby|Coventry|Reading|Southampton|Portsmouth|Durham
Copenhagen|Aarhus|Stockholm|Gothenburg|Malmö|Oslo|Bergen|Trondheim|Helsinki|Tampere|Reykjavik|Warsaw|Krakow|Gdansk
Prague|Brno|Bratislava|Budapest|Bucharest|Sofia|Belgrade|Zagreb|Split|Dubrovnik|Ljubljana|Sarajevo|Athens|Thessaloniki
Istanbul|Ankara|Izmir|Moscow|Saint Petersburg|Kyiv|Lviv|Minsk|Riga|Vilnius|Tallinn|New York|Los Angeles|Chicago|Houston
Phoenix|Philadelphia|San Antonio|San Diego|Dallas|San Jose|Austin|Jacksonville|San Francisco|Columbus|Charlotte|Denver
Indianapolis|Seattle|Washington|Boston|Nashville|Detroit|Portland|Las Vegas|Memphis|Louisville|Baltimore|Milwaukee
Albuquerque|Tucson|Fresno|Sacramento|Atlanta|Kansas City|Omaha|Miami|Raleigh|Oakland|Minneapolis|Tulsa|Tampa|Reno|Boise
Salt Lake City|Anchorage|Honolulu|Toledo|Cleveland|Pittsburgh|Cincinnati|St. Louis|New Orleans|Buffalo|Orlando|Spokane
Toronto|Montreal|Vancouver|Calgary|Ottawa|Winnipeg|Halifax|Quebec City|Mexico City|Guadalajara|Monterrey|Havana|Bogota
Medellin|Lima|Quito|Santiago|Buenos Aires|Montevideo|Sao Paulo|Rio de Janeiro|Brasilia|Cairo|Alexandria|Casablanca
Marrakesh|Tunis|Algiers|Lagos|Abuja|Accra|Nairobi|Mombasa|Kampala|Addis Ababa|Johannesburg|Cape Town|Durban|Pretoria
Dubai|Abu Dhabi|Doha|Riyadh|Jeddah|Beirut|Amman|Damascus|Baghdad|Tehran|Tel Aviv|Jerusalem|Karachi|Lahore|Islamabad
Delhi|New Delhi|Mumbai|Bangalore|Chennai|Kolkata|Hyderabad|Pune|Jaipur|Dhaka|Colombo|Kathmandu|Bangkok|Phuket|Hanoi
Ho Chi Minh City|Singapore|Kuala Lumpur|Jakarta|Bali|Manila|Hong Kong|Taipei|Shanghai|Beijing|Shenzhen|Guangzhou|Tokyo
Osaka|Kyoto|Nagoya|Sapporo|Seoul|Busan|Sydney|Melbourne|Brisbane|Perth|Adelaide|Canberra|Hobart|Auckland|Wellington
Christchurch|Seville|Valencia|Zaragoza|Malaga|Bilbao|Granada|Lyon|Marseille|Toulouse|Nice|Bordeaux|Lille|Strasbourg
Nantes|Rennes|Palermo|Bologna|Genoa|Verona|Yosemite|Yellowstone|Zion|Acadia|Glacier National Park|the Grand Canyon
Colorado|California|Texas|Florida|Oregon|Nevada|Utah|Montana|Wyoming|Alaska|Hawaii|Maine|Vermont|Ohio|Georgia|Virginia
Scotland|Wales|England|Northern Ireland|Cornwall|Devon|Kent|Essex|Surrey|Yorkshire|Lancashire|Cumbria|Norfolk|Suffolk
Kerry|Connemara|Donegal|Mayo|Bavaria|Saxony|Tuscany|Umbria|Sicily|Sardinia|Provence|Brittany|Normandy|Burgundy|Alsace
Catalonia|Andalusia|Galicia|Castile|Lapland|Flanders|Wallonia|Tyrol|Silesia|Crete|Corsica|Mallorca|Ibiza|Tenerife
the Alps|the Dolomites|the Pyrenees|the Rockies|the Highlands|the Lake District|Snowdonia|Patagonia|the Andes|Siberia
Europe|Asia|Africa|America|South America|North America|Australia|Scandinavia|the Balkans|the Middle East|the Caribbean
Snowdon|Ben Nevis|Glen Coe|Mont Blanc|Everest|Kilimanjaro|the Matterhorn|the Camino|the Pennine Way|Hadrian's Wall
""")
