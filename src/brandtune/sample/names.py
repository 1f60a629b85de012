"""Made-up people: about 400 first and 400 last names from several cultures, and the places they live."""

# ruff: noqa: E501, SIM905 (a list of words is easier to read and to extend as text)

from __future__ import annotations

FIRST = """
Ada Adam Adele Adrian Agnes Ahmed Aiden Aiko Aisha Alan Alba Albert Alejandro Alex Alice Alicia Alma Amara Amelia Amina
Amir Amy Ana Anders Andrea Andrew Angela Anika Anil Anna Annika Anouk Anthony Antoine Arjun Arlo Arthur Asha Astrid
Aurora Ava Ayesha Bea Beatriz Ben Bernard Beth Bianca Bilal Birgit Blake Boris Brendan Briony Bruno Caleb Camila Carla
Carlos Carmen Caroline Cathal Cecilia Celia Chantal Charles Charlotte Chen Chiara Chidi Chloe Christine Clara Claire
Claude Colin Conor Cora Craig Dai Daisy Damian Daniel Daniela Daphne Darius David Dawn Deborah Declan Deepa Delia Denis
Derek Devika Diana Diego Dmitri Dolores Dominic Donna Dora Duncan Edith Edward Eileen Elena Eleni Elif Elin Elisa Ella
Ellen Elliot Elsa Emeka Emil Emily Emma Enrique Eric Erin Esme Esther Ethan Eva Evan Evelyn Faith Farah Fatima Felipe
Felix Femi Fergus Fiona Flora Florence Frances Francisco Frank Freya Gabriel Gareth Gemma George Georgia Gerard Gianna
Gilbert Giulia Gloria Grace Graham Greta Guillaume Gwen Hamza Hana Hannah Harriet Harry Hassan Hazel Heather Hector
Heidi Helen Henrik Henry Hilda Hiro Holly Hope Howard Hugo Iain Ian Ibrahim Ida Ilse Imani Imogen Ines Ingrid Irene
Iris Isaac Isabel Isla Ivan Ivy Jack Jacob Jade James Jan Jana Jane Janet Jarek Jasmine Javier Jean Jelena Jennifer
Jeremy Jesse Joan Joanna Joaquin Joel Johan John Jonas Jordan Jorge Josef Josephine Joy Juan Judith Julia Julian June
Jun Kai Kamala Karen Karim Karin Kasia Kate Kavita Keiko Keith Kenji Kerry Kevin Khadija Kieran Kirsten Klaus Kofi
Kwame Lara Lars Laura Laurent Layla Lea Leila Lena Leo Leon Leonie Lewis Liam Lila Lily Lin Linda Lionel Lisa Liv
Lorenzo Louis Louise Lucas Lucia Lucy Luis Luka Lydia Maeve Magda Malik Manuel Marcel Marco Margaret Maria Marie Mario
Marion Mark Marta Martin Mateo Matilda Maud Max May Maya Megan Mei Mercedes Mia Michael Miguel Mikael Mila Millie Mina
Miriam Mohammed Moira Mona Monica Morgan Nadia Naomi Natalie Neil Nia Nicolas Nina Noah Noor Nora Olga Oliver Olivia
Omar Oscar Owen Pablo Padma Patricia Paul Paula Penelope Peter Petra Philip Pia Pilar Priya Rachel Rafael Rahul Raj
Ravi Rebecca Renata Rhys Richard Rita Robert Robin Rohan Rosa Rose Rosie Ross Ruth Ryan Sabine Said Sally Salma Samira
Samuel Sandra Sanjay Sara Sasha Sean Selma Serena Shreya Sidney Silvia Simon Sinead Sofia Solomon Sonia Sophie Stefan
Stella Stephen Sunita Susan Sven Tadeo Tamara Tara Teresa Tess Theo Thomas Tilda Tim Tina Tobias Tomas Toni Tove Uma
Una Ursula Valerie Vera Veronica Victor Vikram Viktor Vincent Violet Walter Wanda Wei Wendy Wilfred Will Willa Wren
Xavier Yara Yasmin Yuki Yusuf Yvonne Zadie Zahra Zara Zelda Zoe
""".split()

LAST = """
Abbott Abdullah Abebe Achterberg Adams Addo Adeyemi Aguilar Ahmad Akhtar Ali Allard Allen Almeida Alvarez Andersen
Andrade Archer Armstrong Arnaud Asante Ashworth Atkins Aubert Bailey Baker Balogun Banerjee Barker Barnes Barros Bauer
Becker Begum Bell Bennett Berg Bergstrom Bernard Bertrand Bhatt Bianchi Bishop Blanc Blanco Bloom Boateng Bonnet Booth
Borg Boucher Bouchard Bowen Boyle Bradley Brandt Braun Brennan Brooks Brown Bruun Buchanan Burke Burns Byrne Cabrera
Calder Callahan Campbell Campos Cano Carr Carter Caruso Castillo Chan Chandra Chapman Chavez Chen Chevalier Choi Clarke
Cole Coleman Colombo Connolly Conti Cook Cooper Costa Craig Crespo Croft Cruz Cunningham Dahl Daly Das Davies Dawson
Delgado Deluca Desai Diallo Diaz Dietrich Dixon Dobson Donnelly Doyle Dubois Dufour Duncan Dunn Duran Ebert Edwards
Egan Ekstrom Elliott Ellis Engel Eriksen Espinoza Evans Fabre Farah Farrell Faure Felix Fernandez Ferrari Fischer
Fisher Fitzgerald Fleming Flores Fontaine Ford Foster Fournier Fox Franco Fraser Friedman Fujita Gallagher Gallo Garcia
Gardner Garnier Gibson Gill Girard Goldberg Gomez Gonzalez Goodwin Gordon Graham Grant Greco Greene Griffin Gruber
Guerin Gupta Haas Hahn Hale Hall Hamilton Hansen Harding Harper Harris Hart Hartmann Hassan Hayes Heinrich Henderson
Henry Hernandez Herrera Hill Hoffman Holm Holmes Hopkins Horvat Howard Hudson Hughes Hunter Hussain Ibrahim Inoue
Iqbal Ivanova Jackson Jacobs Jain Jansen Jensen Jimenez Johansson Johnson Jones Joshi Kamara Kane Kang Kapoor Kaur
Keane Keller Kelly Kemp Kennedy Khan Kim King Klein Knight Koch Kovacs Kowalski Kruger Kumar Laine Lambert Lang Larsen
Lawson Leblanc Lee Lefebvre Lehmann Leroy Lewis Lim Lind Lindqvist Little Lloyd Logan Lopez Lowe Lund Lynch MacDonald
Mackay Maher Malik Malone Mancini Marchetti Marin Marsh Marshall Martel Martinez Mason Masters Matsuda Mayer McBride
McCarthy McGrath McKenna McLean Mehta Meier Mendes Mendoza Menon Mercier Meyer Michel Miller Mills Mitchell Moller
Molina Moore Morales Moreau Moreno Morgan Moretti Morris Morrow Moser Mukherjee Munoz Murphy Murray Musa Nakamura Navarro Nguyen
Nielsen Noel Nolan Norris Novak Nunez Odonnell Ochoa Odell Oduya Okafor Okoye Oliveira Olsen Ortega Ortiz Osborne Otieno
Owens Page Palmer Papadakis Park Parker Patel Pearce Perez Perrin Petersen Petit Pham Phillips Pires Popov Porter
Potter Powell Pratt Price Quinn Rahman Ramirez Ramos Rao Rasmussen Reed Reid Reyes Ribeiro Ricci Richter Riley Rios
Rivera Roberts Robinson Roche Romano Romero Rossi Rousseau Roy Ruiz Russell Ryan Saito Salazar Sanchez Santos Sato
Schmidt Schneider Schulz Scott Serrano Shah Sharma Shaw Sheehan Silva Simmons Simon Singh Sloane Smith Soto Stein Stone
Suarez Sullivan Suzuki Svensson Tanaka Taylor Thapa Thomas Thompson Torres Tran Turner Vargas Vega Vidal Vogel Wagner
Walker Wallace Walsh Wang Ward Watson Weber Webster Weiss West Whelan White Williams Wilson Winter Wolfe Wong Wood
Wright Yamada Yilmaz Young Zhang Zimmer
""".split()

# city, country, language spoken there
PLACES = (
    *((city, "US", "en") for city in "Denver Portland Boise Asheville Duluth Tucson Burlington Spokane Austin".split()),
    *((city, "GB", "en") for city in "Sheffield Bristol Keswick Edinburgh Cardiff Leeds Belfast York Exeter".split()),
    *((city, "IE", "en") for city in "Dublin Galway Cork".split()),
    *((city, "CA", "en") for city in "Calgary Halifax Ottawa".split()),
    *((city, "ES", "es") for city in "Madrid Bilbao Granada".split()),
    *((city, "FR", "fr") for city in "Lyon Grenoble Annecy".split()),
    *((city, "DE", "de") for city in "Freiburg Leipzig".split()),
)

STREETS = """
Alder Lane|Birch Road|Chapel Street|Quarry Hill|Mill Lane|Station Road|Orchard Close|Willow Avenue|Canal Street|
Harbour View|Ridge Road|Maple Drive|Church Walk|Meadow Way|Bridge Street|Old Post Road|Cedar Court|Fell View|
Kiln Lane|Market Place|Pine Street|Riverside Terrace|Sycamore Drive|Tannery Row
""".replace("\n", "").split("|")

MAIL_DOMAINS = (
    "example.com", "example.org", "example.net", "postbox.example", "fellmail.example", "quickpost.example",
    "hillside.example", "letterbox.example",
)  # fmt: skip

US_AREA_CODES = """
202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228 229 231 234 239 240 248 251 252 253 254
256 260 262 267 269 270 276 281 301 302 303 304 305 307 308 309 310 312 313 314 315 316 317 318 319 320 321 323 325
330 334 336 337 339 347 351 352 360 361 386 401 402 404 405 406 407 408 409 410 412 413 414 415 417 419 423 424 425
432 434 435 440 443 469 478 479 480 484 501 502 503 504 505 507 508 509 510 512 513 515 516 517 518 520 530 540 541
559 561 562 563 567 570 571 573 574 580 585 586 601 602 603 605 606 607 608 609 610 612 614 615 616 617 618 619 620
""".split()

TRAILHEADS = ("Bristol", "Denver", "Dublin", "Edinburgh", "Keswick", "Lyon", "Madrid", "Portland", "Sheffield")
NEAREST = {
    "US": ("Denver", "Portland"), "GB": ("Sheffield", "Bristol", "Keswick", "Edinburgh"), "IE": ("Dublin",),
    "CA": ("Portland",), "ES": ("Madrid",), "FR": ("Lyon",), "DE": ("Lyon",),
}  # fmt: skip
