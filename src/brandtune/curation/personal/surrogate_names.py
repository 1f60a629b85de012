"""What surrogates are made of: names that suit anybody, streets and towns that do not exist. Composed for this project."""

_FIRST_NAMES_TEXT = """
Adrian Alex Alexis Ali Amari Andrea Andy Angel Ari Ariel Ash Ashley Aubrey Avery Bailey Billie Blair Bobbie Brook
Cameron Camille Carey Casey Charlie Chris Claude Connie Corey Dakota Dale Dana Dani Danny Darcy Devon Dominique Drew
Eden Eli Elliot Ellis Emerson Emery Erin Evan Finley Florian Francis Frankie Gabriel Gale Glenn Gray Hadley Harley
Harper Hayden Hollis Ira Izzy Jaden Jaime Jamie Jean Jesse Jo Jocelyn Jody Jordan Jude Jules Kai Karsten Keegan Kelly
Kelsey Kendall Kerry Kiran Kit Kyle Lane Laurie Lee Leigh Lesley Logan Lou Luca Lynn Mackenzie Maddox Marion Marlow
Max Micah Milan Morgan Nicola Nikita Noa Noel Ollie Parker Pat Perry Peyton Phoenix Quinn Ray Reese Remy Riley River
Robin Rory Rowan Sam Sandy Sascha Shannon Shay Sidney Simone Skyler Stevie Sydney Tatum Taylor Terry Toni Tracy Tyler
Val Vivian Whitney
"""
FIRST_NAMES = tuple(_FIRST_NAMES_TEXT.split())
_LAST_NAMES_TEXT = """
Abel Ackland Adler Alden Allard Amsel Anders Arden Arnold Ashby Atwell Auer Avery Bader Barlow Barrett Bassett Bayer
Beck Becker Bell Benning Berger Bishop Blake Blom Bond Borg Bowen Brandt Brett Brooks Brunner Burnett Calder Carling
Carver Castell Chandler Clarke Colby Conrad Cooper Corbett Costa Cramer Cross Curtis Dahl Dalton Darby Dawson Decker
Denning Dietrich Doyle Drake Duarte Dunn Eastman Eberle Eckert Ellery Emmerich Engel Ernst Fabian Falk Farley Fenton
Ferrer Fischer Fletcher Foster Franke Frost Fuller Gallo Garner Gerber Gibbs Glover Graf Granger Greer Griffin Haas
Hale Halloran Hansen Hardy Harmon Hartley Hayes Heller Herbst Hewitt Hobbs Holm Horton Huber Ingram Irving Jansen
Jarvis Jensen Keller Kemp Kessler Kirby Klein Knight Koch Kramer Kruger Lambert Lang Larsen Lawson Lehmann Leonard
Lindner Lowell Lund Mahler Malone Marlow Marsh Martell Mayer Mercer Merkel Meyer Milner Monroe Moreau Morris Nash
Navarro Nolan Norris Ortega Osborne Palmer Parrish Pascal Pearce Peters Pohl Porter Prescott Quill Radley Rasmussen
Redmond Reeves Reuter Richter Rivers Roth Rowe Russo Sander Sawyer Schiller Seidel Sharpe Shaw Sheridan Sommer Stark
Stein Sterling Stokes Sutton Talbot Tanner Thiel Thorne Tucker Ulrich Vance Varga Vaughn Vogel Voss Wagner Walden
Walsh Warner Weaver Weber Weiss Wells Werner Whitaker Wilder Winkler Wolff Wyatt Yates York Zander Zeller Ziegler
"""
LAST_NAMES = tuple(_LAST_NAMES_TEXT.split())
STREETS = (
    "Alder", "Ashford", "Beacon", "Bellamy", "Birchwood", "Bramble", "Bridgend", "Cedar", "Chandler", "Clover", "Copper",
    "Cotton", "Elmwood", "Fairview", "Fernhill", "Foxglove", "Garnet", "Greenway", "Harbour", "Hawthorn", "Heather",
    "Hillcrest", "Juniper", "Kingfisher", "Larch", "Lavender", "Linden", "Maple", "Marigold", "Meadow", "Mill", "Nettle",
    "Oakfield", "Orchard", "Otter", "Pebble", "Poplar", "Primrose", "Quarry", "Redwood", "Rosemary", "Rowan", "Sandpiper",
    "Sorrel", "Spruce", "Thistle", "Willow", "Yarrow",
)  # fmt: skip
STREET_KINDS = ("Street", "Road", "Lane", "Avenue", "Close", "Drive", "Way", "Terrace")
TOWNS = (
    "Ashbrook", "Barrowdale", "Brackenford", "Claymere", "Coldharrow", "Dunmere", "Eastholm", "Fallowfield", "Fernley",
    "Glenmarsh", "Harrowby", "Kelderbridge", "Lakenford", "Marlhaven", "Millbeck", "Netherby", "Northmere", "Oldcombe",
    "Penfold", "Ravensholt", "Saltmere", "Stonebeck", "Thornwick", "Underhill", "Waterby", "Westonmere", "Windlow",
)  # fmt: skip
AREA_CODES = ("202", "212", "213", "303", "305", "312", "404", "415", "503", "512", "602", "617", "702", "713", "808")
