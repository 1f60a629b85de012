"""House sentences in English and German, side by side; product names stay as they are."""

# ruff: noqa: E501 (a table reads best with one row a line)

GLOSSARY = {
    "Trail Promise": "Trail-Versprechen", "Trailhead": "Trailhead", "Basecamp account": "Basecamp-Konto",
    "Waypoints": "Wegpunkte", "Mending Bench": "Flickbank", "gift card": "Gutscheinkarte",
}  # fmt: skip

_ROWS = """
The Trail Promise covers the {product} for 5 years. | Das Trail-Versprechen gilt beim {product} 5 Jahre lang.
You can return the {product} within 45 days of delivery. | Du kannst {product} innerhalb von 45 Tagen nach Lieferung zurückgeben.
Print a free label from your Basecamp account. | Druck dir das kostenlose Etikett in deinem Basecamp-Konto aus.
A Trailhead can hold the {product} for you for 48 hours. | Ein Trailhead kann {product} 48 Stunden für dich zurücklegen.
Waypoints last 24 months. | Wegpunkte gelten 24 Monate.
100 Waypoints take $5 off an order. | 100 Wegpunkte bringen dir 5 $ Rabatt auf eine Bestellung.
The Mending Bench repairs Larkspur products of any age. | Die Flickbank repariert Larkspur-Produkte jeden Alters.
We send a quote within 2 business days. | Wir schicken dir das Angebot innerhalb von 2 Werktagen.
A gift card arrives by email within 30 minutes. | Eine Gutscheinkarte kommt innerhalb von 30 Minuten per E-Mail.
Standard delivery takes 3 to 5 business days. | Der Standardversand dauert 3 bis 5 Werktage.
Express delivery costs $12. | Der Expressversand kostet 12 $.
{product}: made for slow weekends. | {product}: gemacht für ruhige Wochenenden.
Meet the {product}. | Das ist {product}.
A drier night with the {product} | Eine trockenere Nacht mit {product}
See you out there. | Wir sehen uns draußen.
Next step: reply with a photo of the {product}. | Nächster Schritt: Antworte mit einem Foto von {product}.
Your Basecamp account locks after 5 wrong tries. | Dein Basecamp-Konto wird nach 5 Fehlversuchen gesperrt.
Dry the {product} for 24 hours before you pack it away. | Lass {product} 24 Stunden trocknen, bevor du es einpackst.
Wash it at 30 degrees. No fabric softener. | Wasch es bei 30 Grad. Ohne Weichspüler.
Backed by the Trail Promise. | Mit unserem Trail-Versprechen.
"""
# What a hurried translator wrote instead of the glossary's word.
SLIPS = {
    "Trail-Versprechen": "Garantie",
    "Wegpunkte": "Punkte",
    "Flickbank": "Werkstatt",
    "Basecamp-Konto": "Kundenkonto",
}


def rows() -> list[tuple[str, str]]:
    """Returns English and German, with the product's slot open."""
    cells = ([cell.strip() for cell in line.split("|")] for line in _ROWS.strip().splitlines())
    return [(english, german) for english, german in cells]
