"""Sentences put together from parts, and filled-in forms: many more ways to name somebody than templates can list."""

import random

from starter.names.wordlists import words

_VERBS = words("""
call called|ask asked|meet met|help helped|thank thanked|pay paid|invite invited|visit visited|follow followed|see saw
know knew|hire hired|marry married|blame blamed|join joined|leave left|answer answered|text texted|email emailed|sue sued
choose chose|forget forgot|find found|phone phoned|contact contacted|remember remembered|trust trusted|warn warned
interview interviewed|recommend recommended|replace replaced|beat beat|teach taught|drive drove|support supported
miss missed|greet greeted|praise praised|bill billed|refund refunded|cancel cancelled|fire fired|mention mentioned
describe described|criticise criticised|admire admired|accompany accompanied|assist assisted|treat treated|send sent
""")
_DO = words("""
order ordered|return returned|buy bought|sell sold|lose lost|break broke|fix fixed|open opened|bring brought|want wanted
use used|receive received|paint painted|test tested|rent rented|clean cleaned|carry carried|wash washed|keep kept
collect collected|design designed|need needed|like liked|love loved|hate hated|review reviewed|check checked|wrap wrapped
""")
_TRADE = words("""
launch launched|announce announced|buy bought|sue sued|hire hired|close closed|recall recalled|publish published
offer offered|reject rejected|fund funded|sponsor sponsored|acquire acquired|approve approved|charge charged|insure insured
""")
_SOLO = words("""
sing sang|retire retired|wait waited|complain complained|arrive arrived|leave left|resign resigned|win won|call called
call_back called_back|disagree disagreed|apologise apologised|vote voted|travel travelled|move moved|laugh laughed
speak spoke|fall_ill fell_ill|get_married got_married|pass_away passed_away|grow_up grew_up|study studied|work worked
""")
_ADJECTIVES = words("""
old|new|small|broken|lovely|wet|second|warm|cheap|expensive|late|missing|famous|young|former|tall|friendly|rude|quiet
strange|local|nearby|empty|busy|kind|angry|grateful|careful|brave|heavy|light|wooden|plastic|blue|green|spare|faulty
""")
_RELATIONS = words("""
brother|sister|mother|father|son|daughter|wife|husband|partner|boss|colleague|neighbour|friend|cousin|uncle|aunt|nephew
niece|grandfather|grandmother|teacher|lawyer|doctor|landlord|flatmate|manager|client|assistant|coach|dentist|tenant|patient
""")
_PEOPLE = ("{person}", "{person}", "{first}", "{first}", "{title} {last}", "my {relation} {first}", "the {job} {person}",
           "{person}, {age},", "{nrp} {job} {person}", "{person} of {org}", "{first} and {first}", "our {relation} {person}",
           "{title} {person}", "a certain {person}", "{person} from {city}", "the {nrp} {job}", "{last}", "{person} ({age})",
           "{person}, {person} and {first}", "{first} {last}", "her {relation}, {person},",
           "{first}'s {relation}")  # fmt: skip
_COMPANIES = ("{org}", "{org}", "{org}", "{org} of {city}", "the {nrp} company {org}", "{org} and {org}", "{org} in {city}",
              "our supplier {org}", "the {city} office of {org}", "{org}, which {person} runs,")  # fmt: skip
_OBJECTS = ("the {adjective} {thing}", "a {thing}", "the {product}", "{num} of them", "my {thing}", "{nrp} food", "it",
            "the {thing} and the {thing}", "{money}", "an {adjective} {thing}")  # fmt: skip
_WHERE = ("in {city}", "in {country}", "at {org}", "on {street}", "at {street}", "near {city}", "in {city}, {country}",
          "outside {city}", "at {address}", "from {city} to {city}", "in {region}", "for {org}", "through {org}",
          "in {city}, {region}", "at the {org} office", "close to {street}, {city}")  # fmt: skip
_WHEN = ("on {date}", "in {year}", "at {time}", "since {date}", "until {date}", "before {date}", "by {date}",
         "on {date} at {time}", "yesterday", "last week", "on Monday", "tomorrow", "in May", "two days ago")  # fmt: skip
_MORE = ("with {people}", "for {people}", "because of {people}", "without {people}", "instead of {people}", "like {people}",
         "after {people}", "and told {people}", "from {people}", "about {people}", "for {money}", "by mistake", "again",
         "who lives at {address}", "(phone {phone})", "via {email}", "with card {card}", "who is {age}")  # fmt: skip
_SPEECH = ("said", "wrote", "replied", "asked", "thinks", "told us", "added", "says", "insists", "explained", "claims")
LABELS: dict[str, tuple[str, ...]] = {
    "{person}": ("name", "full name", "customer", "client", "contact", "passenger", "patient", "guest", "applicant",
                 "recipient", "sender", "owner", "signed", "from", "to", "attn", "employee", "student", "tenant", "author"),
    "{first}": ("first name", "given name", "nickname", "hello", "forename"),
    "{last}": ("last name", "surname", "family name", "maiden name"),
    "{date}": ("date", "date of birth", "dob", "born", "check-in", "due", "issued", "expires", "when", "departure"),
    "{address}": ("address", "home address", "ship to", "billing address", "delivery address", "residence", "location",
                  "where", "mailing address"),
    "{street}": ("street", "address line 1", "street address"), "{city}": ("city", "town", "place of birth", "place"),
    "{country}": ("country", "citizenship", "country of residence", "destination"), "{zip}": ("zip", "postcode", "zip code"),
    "{phone}": ("phone", "tel", "mobile", "cell", "telephone", "fax", "whatsapp", "contact number"),
    "{email}": ("email", "e-mail", "mail", "reply to", "username"), "{org}": ("company", "employer", "organisation", "bank",
                "school", "vendor", "insurer", "hotel", "airline", "hospital"),
    "{url}": ("website", "web", "link", "homepage"),
    "{age}": ("age", "aged", "age in years"), "{nrp}": ("nationality", "religion", "ethnicity", "citizen"),
    "{ssn}": ("ssn", "social security number", "social"), "{card}": ("card", "credit card", "card number", "visa", "cc"),
    "{licence}": ("driver license", "licence number", "license no", "dl"), "{passport}": ("passport", "passport no"),
    "{account}": ("account", "account number", "member", "policy number", "customer number"), "{iban}": ("iban", "bank"),
    "{ip}": ("ip", "ip address", "host", "login from"), "{title}": ("title", "salutation"), "{time}": ("time", "at"),
    "{order}": ("order", "order number", "ref", "invoice"), "{money}": ("total", "amount", "price", "paid"),
    "{product}": ("item", "product", "article"), "{thing}": ("subject", "about", "topic"), "{job}": ("job", "occupation"),
    "{num}": ("quantity", "size", "weight", "points"), "{color}": ("colour", "color"),
}  # fmt: skip


class Grammar:
    """Makes templates: sentences and forms with slots still open."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def sentence(self) -> str:
        """One sentence about people, companies, places and things."""
        pick = self.chance.choice
        draw = self.chance.random()
        if draw < 0.30:
            core = f"{self._people()} {self._verb(_VERBS, 1)} {self._whom()}"
        elif draw < 0.48:
            core = f"{self._people()} {self._verb(_DO, 1)} {self._object()}"
        elif draw < 0.60:
            core = f"{pick(_COMPANIES)} {self._verb(_TRADE, 1)} {pick((self._whom(), self._object()))}"
        elif draw < 0.70:
            core = f"{self._people()} {self._verb(_SOLO, 1)}"
        elif draw < 0.80:
            return self._question()
        elif draw < 0.88:
            return self._open(f"{self._people()} {pick(_SPEECH)} that {self.sentence()}")
        elif draw < 0.94:
            core = f"{pick(('I', 'we', 'you'))} {self._verb((*_VERBS, *_VERBS), 1)} {self._whom()}"
        else:
            core = f"please {self._verb(_VERBS, 0)} {self._whom()}"
        tails = [pick((_WHERE, _WHEN, _MORE)) for _ in range(self.chance.choice((0, 0, 1, 1, 2)))]
        line = self._open(" ".join([core, *(pick(options) for options in tails)]))
        return self._capital(line) + pick((".", ".", ".", "", "!", "..."))

    def form(self) -> str:
        """Labels and their values, in some order, in some layout."""
        pick = self.chance.choice
        slots = self.chance.sample(list(LABELS), self.chance.randint(1, 6))
        colon, gap = pick((": ", ": ", " - ", " = ", "\t", " ", ":")), pick(("\n", "\n", ", ", "; ", " | ", " "))
        case = pick((str.lower, str.title, str.capitalize, str.upper))
        return gap.join(f"{case(pick(LABELS[slot]))}{colon}{slot}" for slot in slots)

    def _question(self) -> str:
        pick = self.chance.choice
        who = pick((self._people(), pick(_COMPANIES)))
        what = pick((self._whom(), self._object()))
        line = pick((f"did {who} {self._verb(_VERBS, 0)} {what}", f"can {who} {self._verb(_DO, 0)} {self._object()}",
                     f"why does {who} {self._verb(_DO, 0)} {self._object()}", f"when will {who} {self._verb(_SOLO, 0)}",
                     f"is {who} {pick(_ADJECTIVES)}", f"who is {who}", f"where is {who}", f"has {who} {self._verb(_DO, 1)} "
                     f"{self._object()}", f"how old is {who}", f"is {who} {pick(_WHERE)}", f"was it {who}"))  # fmt: skip
        return self._capital(self._open(line)) + pick(("?", "?", ""))

    def _people(self) -> str:
        return self.chance.choice(_PEOPLE)

    def _whom(self) -> str:
        return self.chance.choice((self._people(), self._people(), self.chance.choice(_COMPANIES)))

    def _object(self) -> str:
        return self.chance.choice(_OBJECTS)

    def _verb(self, verbs: tuple[str, ...], form: int) -> str:
        return self.chance.choice(verbs).split(" ")[form].replace("_", " ")

    def _open(self, line: str) -> str:
        """Parts that are themselves drawn."""
        for name, options in (("{people}", _PEOPLE), ("{relation}", _RELATIONS), ("{adjective}", _ADJECTIVES)):
            while name in line:
                line = line.replace(name, self.chance.choice(options), 1)
        return line

    @staticmethod
    def _capital(line: str) -> str:
        return line if line.startswith("{") else line[:1].upper() + line[1:]
