"""Word lists composed for this project: demonyms, titles, trades, made-up brands, things one can buy."""


def words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("\n", "|").split("|") if part.strip())


NATIONS = words("""
American|British|English|Scottish|Welsh|Irish|French|German|Spanish|Italian|Portuguese|Dutch|Belgian|Swiss|Austrian
Polish|Czech|Slovak|Hungarian|Romanian|Bulgarian|Greek|Turkish|Cypriot|Maltese|Croatian|Serbian|Bosnian|Slovenian
Albanian|Macedonian|Montenegrin|Kosovar|Ukrainian|Russian|Belarusian|Moldovan|Lithuanian|Latvian|Estonian|Finnish
Swedish|Norwegian|Danish|Icelandic|Canadian|Mexican|Guatemalan|Honduran|Salvadoran|Nicaraguan|Costa Rican|Panamanian
Cuban|Jamaican|Haitian|Dominican|Puerto Rican|Colombian|Venezuelan|Ecuadorian|Peruvian|Bolivian|Chilean|Argentine
Argentinian|Uruguayan|Paraguayan|Brazilian|Moroccan|Algerian|Tunisian|Libyan|Egyptian|Sudanese|Ethiopian|Eritrean
Somali|Kenyan|Ugandan|Tanzanian|Rwandan|Congolese|Angolan|Zambian|Zimbabwean|Mozambican|South African|Namibian
Nigerian|Ghanaian|Ivorian|Senegalese|Malian|Cameroonian|Israeli|Palestinian|Lebanese|Syrian|Jordanian|Iraqi|Iranian
Persian|Saudi|Yemeni|Omani|Emirati|Qatari|Kuwaiti|Afghan|Pakistani|Indian|Bangladeshi|Nepali|Sri Lankan|Chinese
Taiwanese|Japanese|Korean|South Korean|Mongolian|Vietnamese|Thai|Cambodian|Laotian|Burmese|Malaysian|Singaporean
Indonesian|Filipino|Australian|New Zealander|Fijian|Samoan|Kazakh|Uzbek|Georgian|Armenian|Azerbaijani|Europeans
Americans|Germans|Italians|Russians|Canadians|Indians|Mexicans|Brazilians|Australians|Spaniards|Poles|Swedes|Danes
Turks|Greeks|Scots|Finns|Africans|Asians|European|African|Asian|Latino|Hispanic|Arab|Kurdish|Basque|Catalan|Tibetan
Catholic|Protestant|Muslim|Jewish|Hindu|Buddhist|Sikh|Mormon|Baptist|Methodist|Lutheran|Orthodox|Christian|Atheist
Democrat|Republican|Democrats|Republicans|Socialist|Conservative|Communist|Libertarian
""")
TITLES = words("Mr|Mr.|Mrs|Mrs.|Ms|Ms.|Miss|Dr|Dr.|Prof|Prof.|Professor|Doctor|Sir|Madam|Mx|Rev.|Lady|Lord|Captain")
THINGS = words("""
tent|jacket|kettle|laptop|charger|order|refund|mug|lamp|book|blender|pair of boots|sleeping bag|headset|phone|backpack
rain coat|invoice|voucher|gift card|subscription|router|camera|bike|helmet|chair|desk|sofa|coffee machine|watch|ring
dress|shirt|pair of gloves|mattress|fridge|ticket|visa|policy|loan|statement|printer|keyboard|monitor|speaker|tablet
toaster|hammer|garden hose|bed|carpet|toy train|skateboard|violin|guitar|stove|map|water bottle|rope|battery|parcel
""")
FIRST_PARTS = words("""
Alder|Fern|North|Summit|Ridge|Cedar|Harbour|Blue|Silver|Storm|River|Stone|Cloud|Ember|Moss|Falcon|Aurora|Delta|Nova
Willow|Granite|Meadow|Tundra|Coral|Canyon|Breeze|Oak|Hazel|Polar|Sierra|Titan|Orbit|Pixel|Vector|Terra|Luna|Eco|Prime
""")
SECOND_PARTS = words("""
Tent|Jacket|Backpack|Stove|Lamp|Kettle|Boots|Bottle|Hat|Gloves|Mug|Pro|Max|Plus|Lite|Air|Mini|Trail Shoe|Rain Coat
Sleeping Bag|Headset|Keyboard|Speaker|Watch|Charger|Blender|Chair|Desk|Pillow|Fleece|Vest|Socks|Shell|Cooker|Bike
""")
COLORS = words("red|blue|green|black|white|grey|navy|olive|amber|violet|rose|pearl|sage|ruby|brown|yellow|orange|pink")
ORG_HEADS = words("""
Northwind|Bluebird|Silverline|Evergreen|Pinnacle|Harbor|Keystone|Redwood|Lighthouse|Summit|Atlas|Beacon|Crown|Eagle
Falcon|Global|National|United|Royal|General|First|Pacific|Atlantic|Central|Metro|Capital|Premier|Golden|Crystal
Sunrise|Starlight|Oakwood|Maple|Riverside|Highland|Lakeside|Universal|Standard|Allied|Apex|Zenith|Quantum|Fusion
Horizon|Heritage|Liberty|Phoenix|Titan|Vanguard|Velocity|Vertex|Nordic|Baltic|Alpine|Iberian|Celtic|Urban|Rapid
""")
ORG_TAILS = words("""
Bank|Insurance|Logistics|Airlines|Airways|Foods|Energy|Telecom|Systems|Software|Technologies|Solutions|Consulting
Partners|Holdings|Industries|Motors|Pharma|Pharmaceuticals|Hospital|Clinic|University|College|Institute|Media|Press
Records|Studios|Pictures|Hotels|Resorts|Travel|Books|Stores|Supermarket|Outfitters|Electric|Steel|Mining|Chemicals
Textiles|Fashion|Capital|Investments|Securities|Mutual|Credit Union|Trust|Foundation|Federation|Association|Ministry
Group|International|Networks|Labs|Robotics|Games|Sports|Brewing|Coffee|Bakery|Furniture|Construction|Realty|Security
""")
ORG_ENDS = words("Inc|Inc.|Ltd|Ltd.|LLC|plc|PLC|GmbH|AG|S.A.|SA|SpA|B.V.|AB|Oy|Corp|Corp.|Corporation|Co.|Company|KG")
KNOWN_ORGS = words("""
Google|Microsoft|Apple|Amazon|Facebook|Meta|Netflix|Tesla|IBM|Intel|Oracle|SAP|Siemens|Bosch|Samsung|Sony|Nokia
Ericsson|Volvo|Toyota|Honda|Ford|General Motors|Volkswagen|BMW|Daimler|Fiat|Renault|Airbus|Boeing|Lufthansa|Ryanair
easyJet|Delta|United Airlines|British Airways|Emirates|UPS|FedEx|DHL|Hermes|Royal Mail|PayPal|Visa|Mastercard|Stripe
Citibank|HSBC|Barclays|Lloyds|Santander|BBVA|UBS|Credit Suisse|Deutsche Bank|Commerzbank|ING|Rabobank|JPMorgan Chase
Goldman Sachs|Morgan Stanley|Wells Fargo|Bank of America|American Express|Allianz|AXA|Zurich|Aviva|Nestle|Unilever
Danone|Coca-Cola|PepsiCo|Starbucks|McDonald's|Burger King|IKEA|H&M|Zara|Nike|Adidas|Puma|Walmart|Target|Costco|Tesco
Sainsbury's|Aldi|Lidl|Carrefour|eBay|Etsy|Spotify|Twitter|LinkedIn|YouTube|Uber|Lyft|Airbnb|Booking.com|Vodafone
Orange|Telefonica|Verizon|AT&T|Comcast|NASA|UNESCO|UNICEF|NATO|Red Cross|Greenpeace|Oxfam|BBC|CNN|Reuters|The Guardian
The New York Times|Harvard|Stanford University|MIT|Oxford University|Yale|Pfizer|Bayer|Novartis|Roche|Shell|BP|Exxon
Parliament|Congress|the Senate|the FBI|the European Union|the United Nations|the World Bank|Interpol|Disney|Pixar
Universal Pictures|Manchester United|Real Madrid|FC Barcelona|Bayern Munich|Chicago Bulls|New York Yankees|the NBA
""")
ASIAN_FIRST = words("""
Wei|Ming|Li|Jun|Hao|Xiu|Mei|Ling|Yan|Jing|Hui|Lei|Fang|Chun|Feng|Tao|Bo|Qiang|Haruto|Yuki|Sakura|Kenji|Hiroshi|Akira
Naoko|Aiko|Takeshi|Yoko|Kaito|Rin|Emi|Min-jun|Seo-yeon|Ji-hoon|Ha-eun|Hyun-woo|Soo-jin|Jae|Minh|Thanh|Linh|Hoa|Tuan
Huong|Duc|Lan|Somchai|Anong|Ahmed|Mohamed|Muhammad|Mohammed|Fatima|Aisha|Omar|Yusuf|Layla|Noor|Hassan|Ali|Zainab
Khalid|Samira|Tariq|Amina|Karim|Leila|Mahmoud|Salma|Rashid|Yasmin|Bilal|Nadia|Chidi|Ngozi|Kwame|Ama|Kofi|Adaeze
Oluwaseun|Temitope|Thabo|Lerato|Sipho|Nomsa|Wanjiku|Kamau|Achieng|Otieno|Zuri|Amara|Babajide|Folake|Mandla|Naledi
""")
ASIAN_LAST = words("""
Wang|Zhang|Chen|Liu|Yang|Huang|Zhao|Wu|Zhou|Xu|Sun|Ma|Zhu|Hu|Guo|Lin|He|Gao|Luo|Tanaka|Suzuki|Sato|Watanabe|Ito
Yamamoto|Nakamura|Kobayashi|Kato|Yoshida|Kim|Park|Choi|Jung|Kang|Yoon|Nguyen|Tran|Le|Pham|Hoang|Phan|Vo|Dang|Bui
Hassan|Hussein|Abdullah|Al-Farsi|Al-Masri|Haddad|Khoury|Nasser|Mansour|Aziz|Rahman|Khan|Malik|Sheikh|Chaudhry|Okafor
Adeyemi|Okonkwo|Mensah|Boateng|Owusu|Diallo|Traore|Keita|Mwangi|Njoroge|Odhiambo|Dlamini|Nkosi|Mokoena|Eze|Balogun
""")
QUOTES = words("""
It is never too late to learn|Good things take time|We will get there in the end|I did not see that coming
That is not how it works|Less is more|You get what you pay for|Nobody told us anything|The future is already here
Life is what happens between two deliveries|I would do it again|Patience is bitter but its fruit is sweet
""")
