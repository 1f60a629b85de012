"""Check digits: what tells a real number from any other of the same shape. Standards are named where there is one."""

import hashlib

_BASE58 = {c: i for i, c in enumerate("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")}
_BECH32 = {c: i for i, c in enumerate("qpzry9x8gf2tvdw0s3jn54khce6mua7l")}
_VERHOEFF_D = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678", "5987604321", "6598710432", "7659821043",
    "8765932104", "9876543210",
)  # fmt: skip
_VERHOEFF_P = (
    "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip
_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
_ODD = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16,
                 10, 22, 25, 24, 23), strict=True))  # fmt: skip


def digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def luhn(number: str) -> bool:
    """ISO/IEC 7812, payment cards; also Canada's social insurance numbers.

    >>> luhn("4242424242424242"), luhn("4242424242424241")
    (True, False)
    """
    doubled = [int(digit) * (2 if index % 2 else 1) for index, digit in enumerate(reversed(number))]
    return len(set(number)) > 1 and sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def iban(text: str) -> bool:
    """ISO 13616, bank accounts."""
    plain = "".join(c for c in text if c.isalnum())
    if not 15 <= len(plain) <= 34:
        return False
    turned = "".join(str(int(character, 36)) for character in plain[4:] + plain[:4])
    return int(turned) % 97 == 1


def nhs(text: str) -> bool:
    """United Kingdom, NHS number: modulus 11.

    >>> nhs("401 023 2137"), nhs("401 023 2138")
    (True, False)
    """
    number = digits(text)
    rest = 11 - sum(int(d) * (10 - i) for i, d in enumerate(number[:9])) % 11
    return len(number) == 10 and len(set(number)) > 1 and rest % 11 == int(number[9]) and rest != 10


def pesel(text: str) -> bool:
    """Poland, PESEL."""
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)
    total = sum(int(d) * w for d, w in zip(text, weights, strict=False))
    return len(text) == 11 and len(set(text)) > 2 and (10 - total % 10) % 10 == int(text[10])


def aadhaar(text: str) -> bool:
    """India, Aadhaar: Verhoeff's scheme."""
    state = 0
    for index, digit in enumerate(reversed(digits(text))):
        state = int(_VERHOEFF_D[state][int(_VERHOEFF_P[index % 8][int(digit)])])
    return state == 0


def abn(text: str) -> bool:
    """Australia, business number: modulus 89."""
    weights = (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)
    number = digits(text)
    if len(number) != 11:
        return False
    return sum((int(d) - (i == 0)) * w for i, (d, w) in enumerate(zip(number, weights, strict=True))) % 89 == 0


def dni(text: str) -> bool:
    """Spain, DNI and NIE: the letter is the number modulo 23."""
    plain = "".join(c for c in text.upper() if c.isalnum())
    number = plain[:-1].replace("X", "0", 1).replace("Y", "1", 1).replace("Z", "2", 1)
    return number.isdigit() and _DNI[int(number) % 23] == plain[-1]


def codice_fiscale(text: str) -> bool:
    """Italy, tax code: odd and even places count differently."""
    plain = text.upper()
    total = sum(_ODD[c] if i % 2 == 0 else (int(c) if c.isdigit() else ord(c) - 65) for i, c in enumerate(plain[:15]))
    return chr(65 + total % 26) == plain[15]


def nric(text: str) -> bool:
    """Singapore, NRIC and FIN."""
    plain = text.upper()
    total = sum(int(d) * w for d, w in zip(plain[1:8], (2, 7, 6, 5, 4, 3, 2), strict=True))
    total += 4 if plain[0] in "TG" else 3 if plain[0] == "M" else 0
    letters = "JZIHGFEDCBA" if plain[0] in "ST" else "KLJNPQRTUWX" if plain[0] == "M" else "XWUTRQPNMLK"
    return plain[8] == letters[10 - total % 11 if plain[0] == "M" else total % 11]


def ssn(text: str) -> bool:
    """United States: the areas, groups and serials that are never given out (SSA)."""
    number = digits(text)
    area = number[:3]
    return area not in ("000", "666") and area < "900" and number[3:5] != "00" and number[5:] != "0000" and (
        number not in ("078051120", "219099999")
    )  # fmt: skip


def dea(text: str) -> bool:
    """United States, prescriber's number of the drug agency."""
    number = digits(text)[-7:]
    total = sum(map(int, number[0:6:2])) + 2 * sum(map(int, number[1:6:2]))
    return len(number) == 7 and total % 10 == int(number[6])


def bitcoin(text: str) -> bool:
    """A Bitcoin address: Base58Check, or Bech32 (BIP 173) and Bech32m (BIP 350)."""
    if text.lower().startswith("bc1"):
        return text in (text.lower(), text.upper()) and _bech32(text.lower())
    number = 0
    for character in text:
        if character not in _BASE58:
            return False
        number = number * 58 + _BASE58[character]
    if number >= 1 << 200:
        return False
    raw = number.to_bytes(25, "big")
    return hashlib.sha256(hashlib.sha256(raw[:21]).digest()).digest()[:4] == raw[21:]


def _bech32(text: str) -> bool:
    head, _, data = text.rpartition("1")
    if any(c not in _BECH32 for c in data):
        return False
    values = [*(ord(c) >> 5 for c in head), 0, *(ord(c) & 31 for c in head), *(_BECH32[c] for c in data)]
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    return check in (1, 0x2BC830A3)
