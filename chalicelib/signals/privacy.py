"""Finds personal data in a text: where it stands, what kind it is, how sure that is; never the value itself.

Every pattern is bounded and is tried only where its sign is in the text (an @, enough digits, a telling word). Checksums
(Luhn, IBAN mod 97) and `phonenumbers` weed out order numbers and versions. Nothing here looks anything up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.signals import national_ids

Regions = Sequence[str]
_ENOUGH_DIGITS: Final = 7
_MOST_CANDIDATES: Final = 40  # numbers tried per text; a text with more of them is no ordinary message

_WEAK: Final = 450
"""Enough to keep a machine from answering, not enough to call a person."""

_DIGIT = re.compile(r"\d")
_DIGITS = re.compile(r"\d(?:[ ().\-/]{0,3}\d){5,}")
_EMAIL = re.compile(
    r"[\w.%+\-]{1,64} ?(?:@|\(at\)|\[at\]|\bat\b(?= [\w-]{2,40} (?:dot|\(dot\)|\[dot\]))) "
    r"?[\w\-]{1,63}(?:(?:\.| ?(?:\(dot\)|\[dot\]|\bdot\b) ?)[\w\-]{2,63}){0,3}"
    r"(?:\.| ?(?:\(dot\)|\[dot\]|\bdot\b) ?)[a-z][a-z\-]{1,62}"
)
_CARD = re.compile(r"(?<!\d)\d(?:[ \-]?\d){12,18}(?!\d)")
_IBAN = re.compile(
    r"(?<![a-z0-9])[a-z]{2}\d{2}(?:[a-z0-9]{11,30}|(?:[ \-][a-z0-9]{4}){2,7}(?:[ \-][a-z0-9]{1,3})?)(?![a-z0-9])"
)
_PHONE = re.compile(r"(?<![\w.])(?:\+|00)?\(?\d(?:[ ().\-/]{0,3}\d){5,16}(?: ?(?:x|ext\.?) ?\d{1,6})?(?![\w])")
_IPV4 = re.compile(r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:])(?:[0-9a-f]{1,4}:){2,7}(?::?[0-9a-f]{1,4}){1,6}(?![\w:])")
_SSN = re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}[- ](?!00)\d{2}[- ](?!0000)\d{4}(?![\d-])")
_UNIT = (
    r"(?:hours?|hrs?|minutes?|mins?|seconds?|miles?|km|days?|weeks?|months?|years?|yrs|people|pm|am|games?|times?|more|other"
    r"|points?|percent|diff|ppl|jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)\b"
)
_NO_GLUE = (
    r"(?!(?:in|on|at|of|for|from|to|but|and|or|we|is|are|was|the|a|an|this|that|it|so|with|by|if|as|live|people|pm|am|today"
    r"|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday) )"
)
# Only endings that hardly mean anything else: `10 minute walk` and `2 way` are no addresses.
_STREET = re.compile(
    rf"(?<![\w.])\d{{1,5}}[a-z]?,? (?!{_UNIT})(?:[nsew]\.? )?(?:{_NO_GLUE}[a-z][\w'\-]{{1,20}}\.? ){{1,4}}"
    r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|court|ct|crescent|terrace|square|highway|hwy"
    r"|parkway|pkwy|circle|grove|gardens|mews|plaza)(?![\w])"
    r"|(?<!\w)(?:p\.?o\.? box \d{1,6}|(?:apt|apartment|flat|suite|unit)\.? #?\d{1,5}[a-z]?)(?!\w)"
    r"|(?<!\w)[a-z]{3,25}(?:strasse|str\.|straat|weg|gasse|platz|laan) \d{1,4}(?!\w)"
    r"|(?<!\w)(?:rue|calle|via|rua|avenida|piazza|plaza de|paseo|viale|corso|ul\.)"
    r" (?:(?!(?:at|on|in|is|starting) )[^\W\d][\w'.\-]{0,20},? ){1,4}\d{1,4}(?![\w:])"
    r"|(?<!\w)(?:rua|avenida|estrada|travessa|rodovia|alameda|praca|largo|condominio|residencial|vila|via|viaduto|jardim)"
    r" [^\d\n]{3,60}(?:\d{1,5}[^\d\n]{1,60})?\d{5}-?\d{3}(?!\d)"
    r"|(?<!\w)\d{1,4},? (?:bis )?(?:rue|avenue|boulevard|chemin|place|impasse) (?:d[eu]|des|[a-z])"
)
_POSTCODE_GB = re.compile(r"(?<!\w)(?:[a-z]{1,2}\d[a-z\d]?) (?!1st|2nd|3rd|\dth)\d[abd-hjlnp-uw-z]{2}(?!\w)")
_LIVES = re.compile(
    r"(?<!\w)(?:lives (?:at|in|on)|(?:i|we|they|you|still|who|to|and|he|she|guy)(?: still| also)? live (?:at|in)"
    r"|(?:home |new |my |his |her |their |mon )?(?:address|adresse)(?: is| est| of [^\d\n]{1,40})?:?"
    r"|(?:ship|send|deliver|post|mail) (?:it |this |them )?to|staying at|wohne? in|vivo en"
    r"|habite)(?= [^\n]{0,60}\d)[^\n]{5,70}"
)
# The states whose letters are a word (`in`, `or`, `me`) count only behind a comma.
_STATE_ZIP = re.compile(
    r"(?:, ?(?:al|co|de|hi|id|in|ks|la|ma|me|oh|ok|or|pa)|(?<!\w)(?:ak|ar|az|ca|ct|dc|fl|ga|ia|il|ky|md|mi|mn|mo|ms|mt|nc|nd"
    r"|ne|nh|nj|nm|nv|ny|pr|ri|sc|sd|tn|tx|ut|va|vt|wa|wi|wv|wy)),? \d{5}(?:-\d{4})?(?!\d)"
)
_KEY = re.compile(
    r"(?<!\w)(?:sk|pk|rk)[-_](?:live|test|proj|ant)?[-_]?[a-z0-9_\-]{16,100}|(?<!\w)akia[a-z0-9]{16}"
    r"|(?<!\w)gh[pousr]_[a-z0-9]{30,80}|xox[abpr]-[a-z0-9\-]{10,80}"
    r"|(?<!\w)eyj[a-z0-9_\-]{10,200}\.[a-z0-9_\-]{10,200}|begin (?:rsa |ec |openssh )?private key"
)
_SECRET = re.compile(
    r"(?<!\w)(?:pass ?word|passwd|passcode|pass ?phrase|pwd|pin(?: code| number)?|cvv2?|cvc|security "
    r"code|access code|secret answer|one[- ]time code|otp|2fa code|login)"
    r"(?: ?(?:is |was |=|:|-)+ ?[^\s]{3,40}| to (?=[^\s]{0,39}\d)[^\s]{3,40}| (?=[^\s\d]{0,30}\d)[^\s]{5,40}|(?: is)? "
    r"?[\"'][^\"']{3,40}[\"']| \d{3,8}(?!\d))"
)
_SECRET_TALK = re.compile(
    r"(?:is|was|to|:|=) ?(?:not|wrong|incorrect|invalid|expired|reset|the|a|an|my|your|being|too|still"
    r"|never|always|broken|required|working|sent|stolen|change\w*|weak|strong|be|no|log|enter|case|denied|declined|rejected|refused|accepted|blocked|locked|hacked|leaked|lost|gone"
    r"|correct|different|easy|hard|long|short|so|very|really|just|all|one|old|new|about|what|also)\b"
)
_DOCUMENT = re.compile(
    r"(?<!\w)(?:passport|reisepass|passeport|pasaporte|passaporto|paspoort|passaporte|(?:personal)?ausweis(?:nummer)?"
    r"|carte d'identite|carta d'identita|documento|rg|permis de conduire|patente|fuhrerschein\w*|rijbewijs|kennzeichen|targa"
    r"|immatriculation|matricula|kenteken|securite sociale|secu|seguridad social|sozialversicherung\w*|versicherten\w*"
    r"|krankenversicherung\w*|tessera sanitaria|codigo fiscal|nss|nir|nie|burgerservicenummer|konto(?:nummer)?|kontonr"
    r"|numero de compte|compte|cuenta|conto|rekening(?:nummer)?|conta|agencia|pix|chave pix"
    r"|driv(?:er'?s?|ing) licen[cs]e|licen[cs]e(?: plate| no| number)?|id card"
    r"|identity card|national id|national insurance|ni|nino|nhs|medicare|medicaid|social security|ssn|"
    r"social|tax(?:payer)?(?: id| number| identification)?|tin|itin|ein|steuer-?id|steuernummer|codice "
    r"fiscale|cpf|bsn|nif|dni|nie|sort code|account|acct|acc|routing|aba|bank account|iban|swift|bic|"
    r"number plate|plate|registration|reg|vin|visa|patient|insurance|policy|member(?:ship)?|beneficiary"
    r"|green card|student id|employee id)(?!\w)"
    r"(?: ?(?:no\.?|number|nr\.?|num|#|id|code|card|plate))?[^\w\n]{0,4}(?:(?:is|was|are|of|as|reads"
    r"|under|it'?s|my|the|number|no|for|with)[^\w\n]{1,3}){0,3}[\"'#]?"
    r"(?=[a-z0-9 .\-/]{0,4}\d)(?=(?:[a-z .\-/]{0,6}\d){4})[a-z0-9][a-z0-9 .\-/]{4,24}"
)
_MILITARY = re.compile(r"(?<!\w)(?:apo|fpo|dpo),? a[aep] \d{5}(?!\d)|(?<!\w)psc \d{3,5}, box \d{1,5}")
_BORN = re.compile(
    r"(?<!\w)(?:born|dob|d\.o\.b\.?|date of birth|birth ?date|birth ?day)[^\d\n!?]{0,25}"
    r"(?:\d{1,4}[-/. ]\d{1,2}[-/. ]\d{2,4}|\d{1,2}(?:st|nd|rd|th)? (?:of )?[a-z]{3,9},? \d{4}"
    r"|[a-z]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4})"
    r"|(?<!\w)born (?:on |in )?[a-z]{3,9} \d{1,2}(?:st|nd|rd|th)?,? \d{4}"
)
_PLACE_CODE = re.compile(r"(?<![\w.])\d{5}(?![\w.])|(?<!\w)[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}(?!\w)")
_HOUSE_NUMBER = re.compile(
    rf"(?<![\w.])\d{{1,5}} (?!{_UNIT})[a-z][\w'\-]{{1,30}} [a-z][\w'\-]{{1,30}}"
    r"|address:|lives? on [\w'\-]{3,30} \d"
    r"|(?:lives? at|address:?) (?:\d{1,5} [^\d\n]{2,40}\d|[^\W\d]{4,30} \d{1,4} )"
)
_CARD_TALK = re.compile(r"(?:card|visa|mastercard|amex|cvv|expir\w+|exp)\b")
_DATE = re.compile(
    r"(?:19|20)\d\d[-/. ]?[01]\d[-/. ]?[0-3]\d(?:[ .\-/]{1,3}\d{0,6})?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.](?:(?:19|20)\d\d|\d\d(?: \d\d?)?$)(?: ?[-/] ?[\d\-/. ]*)?|(?:19|20)\d\d ?[-/] ?(?:19|20)\d\d"
)
_ORDER_TALK = re.compile(
    r"(?:order|ticket|invoice|tracking|ref(?:erence)?|case|parcel|package|shipment|serial|model|version"
    r"|build|isbn|sku|item|product|part|"
    r"transaction|confirmation|booking|receipt|id|error|code|article|voucher|coupon|error code)s? "
    r"?(?:no\.?|number|nr\.?|num|id|code)?[ :#.\-]{0,3}(?:is |was |of )?[a-z#]{0,4}[- ]?$"
)
_CALL_TALK = re.compile(
    r"\b(?:call|calling|phone|tel|telephone|mobile|cell|whats ?app|text|txt|ring|reach|sms|fax|dial"
    r"|contact|(?:my|his|her|their|new|the|your|this|our|private|direct|home|work|personal) (?:new "
    r"|private )?(?:number|num)|messages? to|hotline|landline|voicemail|signal|telegram|handy|portable"
    r"|telefon\w*|movil|cellulare|answer\w* at|numero|nummer|chiam\w+|ruf\w*|erreich\w*|appel\w+|joindre|llam\w+|liga|ligue|ligar"
    r"|bel me|bellen|tel|tlf|cel|celular|handynummer|festnetz|reachable|hit me up|hmu|dm me|ping|@ me)\b"
)
# What is called free of charge is a firm's.
_TOLL_FREE = re.compile(r"(?:\+?1[ .\-]?)?\(?8(?:00|33|44|55|66|77|88)\)?[ .\-]?\d{3}[ .\-]?\d{4}")
_CALL_NOW = re.compile(
    r"\b(?:call|phone|tel|text|ring|dial|answering at)[ :.]{1,2}(?:me |us |him |her |them )?(?:on |at )?$"
)
_FIRMS = re.compile(
    r"\b(?:tickets?|tix|reserv\w+|bookings?|rsvp|call us|text us|call or|for (?:more )?(?:info\w*|details|tables?)|shuttle"
    r"|radio show|branch|premiere|nightclub|premises|opening hours|store hours)\b"
)
_HOMELY = re.compile(
    r"\b(?:liv(?:es?|ing)|address\w*|adresse|home|house|flat|apartment|ship\w*|deliver\w*|send|sent|parcel|package|mail|name|named|my"
    r"|his|her|their|mr|mrs|ms|dr|resid\w+|moved|moving|wohn\w+|habit\w+|viv\w+|abit\w+|moro|mora|woon\w*|owner|neighbou?rs?|customer"
    r"|doxx?\w*|real name|here is|here's|phone|email|dob|born|card|account|licen[cs]e|taxi|uber|cab|pick (?:me )?up)\b"
    r"|\d{5}|^\W{0,3}[a-z]+(?: [a-z]+)?,"
)
_CARD_SHORT = re.compile(r"(?<!\w)card,? ?(?:number|no\.?|num|#|nr\.?)?[ :#]{0,3}(?:is |was )?\d{12}(?!\d)")
_SECRET_WORDS = re.compile(
    r"pass ?word|passwd|passcode|pass ?phrase|pwd|\bpin\b|cv[vc]|security code|access code|\botp\b|2fa"
    r"|login|secret answer|one[- ]time"
)


@dataclass(frozen=True, slots=True)
class Found:
    """One piece of personal data: its kind, how sure (permille), and its place in the text that was searched."""

    kind: str
    permille: int
    start: int
    end: int


def personal(text: str, regions: Regions) -> list[Found]:
    """The personal data in a text (flat form). regions: ISO codes in which a number without a country code is tried."""
    found: list[Found] = []
    if "@" in text or " at " in text or "(at)" in text or "[at]" in text:
        found += _each("email", 950, _EMAIL, text)
    if _SECRET_WORDS.search(text):
        found += _secrets(text)
    if not _DIGIT.search(text):
        return found
    # The street of a shop is no secret; with a person, a home or a postcode beside it, it is somebody's.
    homely = _HOMELY.search(text) is not None or _PLACE_CODE.search(text) is not None
    found += _each("address", 800 if homely else _WEAK, _STREET, text)
    if _PLACE_CODE.search(text) or _HOUSE_NUMBER.search(text):
        found += _each("address", 750, _LIVES, text)
    found += _each("address", 800, _MILITARY, text)
    found += _each("document", 850, _DOCUMENT, text)
    found += _each("birth", 850, _BORN, text)
    found += _each("key", 950, _KEY, text)
    found += (Found("national-id", 950, start, end) for start, end in national_ids.found(text))
    found += _each("ip", 750, _IPV4, text)
    if text.count(":") >= 3:
        found += [one for one in _each("ip", 750, _IPV6, text) if one.end - one.start > 11]
    found += _each("postcode", 500, _POSTCODE_GB, text)
    found += _each("postcode", 500, _STATE_ZIP, text)
    if _DIGITS.search(text):
        found += _numbers(text, regions)
    return found


def _each(kind: str, permille: int, pattern: re.Pattern[str], text: str) -> list[Found]:
    return [Found(kind, permille, *match.span()) for match in pattern.finditer(text)]


def _secrets(text: str) -> Iterator[Found]:
    for match in _SECRET.finditer(text):
        # A PIN is digits: `a pin to the board` is none.
        bare = match[0].startswith("pin") and not any(map(str.isdigit, match[0]))
        if not bare and not _SECRET_TALK.search(match[0]):
            yield Found("secret", 850, *match.span())


def _numbers(text: str, regions: Regions) -> Iterator[Found]:
    """Social security numbers, bank accounts, cards and phones: what has at least seven digits."""
    taken: list[tuple[int, int]] = []
    about_cards = _CARD_TALK.search(text) is not None
    for kind, pattern in (("ssn", _SSN), ("iban", _IBAN), ("card", _CARD), ("card", _CARD_SHORT)):
        for match in pattern.finditer(text):
            if kind == "iban" and not _iban(match[0]):
                continue
            if pattern is _CARD and not about_cards and (_is_reference(text, match.start()) or not _luhn(match[0])):
                continue
            taken.append(match.span())
            yield Found(kind, 950, *match.span())
    for tried, match in enumerate(_PHONE.finditer(text)):
        start, end = match.span()
        if tried >= _MOST_CANDIDATES:
            yield Found("many-numbers", 750, start, end)
            return
        if any(start < last and first < end for first, last in taken):
            continue
        if permille := _phone(match[0], text, start, regions):
            yield Found("phone", permille, start, end)


def _is_reference(text: str, start: int) -> bool:
    """Whether the words before say that a number is an order's, a parcel's or the like."""
    return _ORDER_TALK.search(text[max(0, start - 40) : start]) is not None


def _luhn(number: str) -> bool:
    """ISO/IEC 7812-1: the check digit of card numbers."""
    digits = [int(character) for character in number if character.isdigit()]
    if len(set(digits)) == 1:
        return False
    doubled = (digit if index % 2 == 0 else sum(divmod(2 * digit, 10)) for index, digit in enumerate(reversed(digits)))
    return sum(doubled) % 10 == 0


def _iban(number: str) -> bool:
    """ISO 13616: moved and read as a number, the remainder by 97 is 1."""
    groups = re.split(r"[ \-]", number)
    # Words that follow an IBAN written in groups look like more of it: shorten until the sum is right.
    return any(_mod_97("".join(groups[:count])) for count in range(len(groups), 0, -1))


def _mod_97(letters: str) -> bool:
    if not 15 <= len(letters) <= 34 or not letters.isascii():
        return False
    return int("".join(str(int(letter, 36)) for letter in letters[4:] + letters[:4])) % 97 == 1


def _phone(number: str, text: str, start: int, regions: Regions) -> int:
    """How sure it is that this is a phone number; 0 where it is not one."""
    told = _CALL_TALK.search(text[max(0, start - 40) : start]) is not None
    if _DATE.fullmatch(number.strip("()")) or (_is_reference(text, start) and not told):
        return 0
    if _TOLL_FREE.match(number):
        return 0
    if sum(map(str.isdigit, number)) < _ENOUGH_DIGITS:
        return 750 if told and _CALL_NOW.search(text[max(0, start - 20) : start]) else 0
    if _FIRMS.search(text):
        return _WEAK
    if any(_valid(number, region) for region in ([None] if number.startswith("+") else regions)):
        return 900
    return 750 if told or number.startswith(("+", "(")) else 0


def _valid(number: str, region: str | None) -> bool:
    import phonenumbers

    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(number, region)))
    except phonenumbers.NumberParseException:
        return False
