"""In which of the one-byte encodings of Europe a text is written that says none: by what its letters make likely.

The same byte is a letter of Poland in one encoding and a fraction in another one. What is read is scored by how usual
its letters are in a language, by capitals among small letters, and by signs inside of words; countries of accounts and
currencies that the text names say which languages are likely. Figures and structure are ASCII in all of these.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache

#: share of each letter beyond ASCII in a language, in hundredths of a percent of its text
_WESTERN = {
    "de": "ä56 ö35 ü65 ß31 é2",
    "fr": "é210 è31 ê22 à49 ç9 ô6 î5 û6 ù6 ë2 ï2 œ3 â6 ÿ1 ü1 ö1",
    "es": "ó87 í72 á50 ñ31 é43 ú17 ü2 ç1",
    "pt": "ã73 ç53 é34 á60 ê45 ó30 õ8 í40 â30 ú15 à7 ô12 ü1",
    "it": "à64 è40 ò20 ì10 ù17 é5 ü1",
    "ca": "à60 è30 é30 í40 ò25 ó40 ú15 ç15 ï5 ü2 ñ1",
    "nl": "ë10 ï4 é10 ö4 ü4 è3 ç1 á1 ó1 â1",
    "sv": "å134 ä180 ö131 é4 ü1",
    "da": "å119 æ87 ø94 é4 ö2 ä2 ü1",
    "et": "ä180 ö20 ü100 õ100 š3 ž3",
    "is": "á180 é65 í157 ó99 ú61 ý23 ð439 þ145 æ87 ö78",
}
_CENTRAL = {
    "pl": "ą99 ę111 ó85 ł182 ż83 ś66 ć40 ń20 ź6 ö1 ü1 ä1 é1",
    "cs": "á224 é133 í327 ý100 ě165 ř121 š82 ž72 č95 ů69 ú10 ó3 ť4 ď2 ň3 ö1 ü1 ä1",
    "sk": "á187 é91 í110 ý107 ó10 ú110 ä10 ô20 č95 š80 ž79 ť70 ď18 ľ40 ň15 ĺ1 ŕ1 ö1 ü1 ě1 ř1",
    "hu": "á340 é350 í50 ó95 ö112 ő110 ú30 ü80 ű20 ä1",
    "sl": "č148 š100 ž65 ć8 đ2 ö1 ü1 ä1",
    "hr": "č90 ć90 š90 ž60 đ30 ö1 ü1 ä1",
    "ro": "ă300 î90 â90 ş110 ţ110 é2 á2 ö1 ü1 ő1",
    "de": _WESTERN["de"],
}
_FURTHER = {
    "tr": "ı510 ü185 ş178 ğ112 ç115 ö78 â2 î1 û1",
    "lt": "ė168 š131 ž87 ų122 ū64 č54 ą53 į45 ę28",
    "lv": "ā395 ē177 ī172 š134 ū57 ņ43 ž43 ļ25 č20 ķ20 ģ20",
    "ru": "о1097 е845 а801 и735 н670 т626 с547 р473 в454 л440 к349 м321 д298 п281 у262 я201 ы190 ь174 г170 з165 б159"
    " ч144 й121 х97 ж94 ш73 ю64 ц48 щ36 э32 ф26 ъ4 ё4",
    "uk": "о942 а807 н681 и626 і575 т548 в535 е495 р479 с424 к398 л343 д338 у336 м303 п290 з232 я216 ь177 б177 г155"
    " ч140 й138 х119 ж93 ю93 ц83 ш76 ї65 є61 щ56 ф28 ґ1",
    "bg": "а1115 и900 о876 е866 т797 н714 р480 с454 в441 л361 д335 к334 м264 п261 я207 з205 у205 ъ170 б165 г162 ч121"
    " й94 щ72 ж72 х72 ц69 ш35 ф20 ю10 ь2",
    "el": "α1150 ο925 ε784 τ782 ι769 ν625 η528 σ490 υ449 ρ431 π414 κ413 ς385 μ326 λ279 ω199 ί175 γ173 ά170 δ170 ό170"
    " έ164 ή144 χ111 θ108 ύ95 φ86 ώ83 β70 ξ39 ζ37 ψ13 ϊ3 ΐ2",
}


def _some(*languages: str) -> dict[str, str]:
    return {name: _FURTHER.get(name) or _WESTERN[name] for name in languages}


#: codec -> languages, and how likely it is where nothing is known
_CODECS: dict[str, tuple[Mapping[str, str], float]] = {
    "cp1252": (_WESTERN, 0.0),
    "iso8859-15": (_WESTERN, -5.0),
    "cp858": (_WESTERN, -4.0),
    "cp1250": (_CENTRAL, -3.0),
    "iso8859-2": (_CENTRAL, -3.5),
    "cp852": (_CENTRAL, -4.0),
    "cp1254": (_some("tr", "de", "fr"), -3.0),
    "cp1257": (_some("lt", "lv", "et", "de"), -4.0),
    "cp1251": (_some("ru", "uk", "bg"), -4.0),
    "cp866": (_some("ru", "bg"), -5.0),
    "cp1253": (_some("el"), -4.0),
}
_OF_COUNTRY = {
    "PL": "pl", "CZ": "cs", "SK": "sk", "HU": "hu", "SI": "sl", "HR": "hr", "BA": "hr", "RS": "hr", "ME": "hr",
    "RO": "ro", "MD": "ro", "DE": "de", "AT": "de", "CH": "de", "LI": "de", "LU": "de", "FR": "fr", "MC": "fr",
    "BE": "fr", "ES": "es", "AD": "ca", "PT": "pt", "BR": "pt", "IT": "it", "SM": "it", "NL": "nl", "SE": "sv",
    "FI": "sv", "AX": "sv", "DK": "da", "NO": "da", "FO": "da", "EE": "et", "IS": "is",
    "TR": "tr", "LT": "lt", "LV": "lv", "UA": "uk", "KZ": "ru", "BY": "ru", "BG": "bg", "GR": "el", "CY": "el",
}  # fmt: skip
_OF_CURRENCY = {"PLN": "pl", "CZK": "cs", "HUF": "hu", "RON": "ro", "HRK": "hr", "SEK": "sv", "DKK": "da", "NOK": "da",
                "ISK": "is", "BRL": "pt", "TRY": "tr", "UAH": "uk", "RUB": "ru", "KZT": "ru", "BGN": "bg"}  # fmt: skip
_IBAN = re.compile(rb"(?<![A-Za-z0-9])([A-Z]{2})[0-9]{2}[A-Z0-9]{11,30}(?![A-Za-z0-9])")
_CURRENCY = re.compile(rb"(?<![A-Za-z])(" + "|".join(_OF_CURRENCY).encode() + rb")(?![A-Za-z])")
_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
#: what a header declares; 1252 is what nearly every program declares, whatever it writes
_DECLARED = re.compile(
    rb"(?:CHARSET:|encoding=[\"'])\s*(?:(?:windows-|cp)?(125[01347]|85[028]|866)|iso-?8859-(2|15))\b", re.IGNORECASE
)
#: what is not ASCII, and the letters beside it
_RUN = re.compile(rb"([A-Za-z]?)([\x80-\xff]+)(?=([A-Za-z]?))")
#: letters and signs that stand beside the letters of ASCII: of Latin, accents, punctuation and currencies
_BESIDE = re.compile(
    "[\u0080-\u017f\u0192\u01cd-\u01dc\u0218-\u021b\u02bb-\u02dd\u0300-\u0328\u1e00-\u1eff\u2000-\u22ff\ue000-\uffff]"
)
#: different words that are looked at: more tell nothing more
_MOST_WORDS = 150
_QUOTES = frozenset("\u201e\u201c\u201d\u2019\u2018\u201a\u00ab\u00bb\u00b4")
_SIGNS = _QUOTES | frozenset(
    "\u20ac\u00a7\u00b0\u2013\u2014\u2026\u00ba\u00aa\u00b7\u2022\u00a3\u00a0\u00ae\u00a9\u2122\u00b2\u00bf\u00a1"
)
_INSIDE = frozenset("\u2019\u2018\u00b4\u00a0\u2013")
_AT_AN_END = _QUOTES | frozenset("\u20ac\u00b0")
_FOREIGN_LETTER, _FOREIGN_SIGN, _SIGN_IN_WORD, _NO_CHARACTER = -9.0, -9.0, -12.0, -15.0
_USUAL_SIGN, _WRONG_CASE, _OTHER_LANGUAGE = -4.0, -6.0, -3.0
#: by how much another encoding has to be likelier than the usual one
_CLEAR = 3.0
#: what a header declares that is not the usual encoding was meant
_DECLARED_ONE = 5.0

USUAL = "cp1252"


def likely_encoding(sample: bytes) -> str:
    """Say how a text of one byte a character is to be read.

    :param sample: bytes of it, not all of them ASCII
    :return: a codec of Python: cp1252 unless another one is clearly likelier and reads something else
    """
    return _likely(b"\n".join(_words(sample)), _languages(sample), _declared(sample))


def is_utf8_by_chance(line: bytes, ahead: Callable[[], bytes]) -> bool:
    """Say whether letters of one byte each only look like UTF-8: two Polish capitals are a letter of Tajik.

    :param line: bytes that are UTF-8, the first ones of the file that are not ASCII
    :param ahead: tells them and what comes next
    """
    return _foreign(line) is not None and bool(_foreign(ahead()))


def _foreign(sample: bytes) -> bool | None:
    """:return: nothing where it has what is usual in UTF-8; else whether its letters are too foreign to be meant"""
    is_between = is_valid = True
    for match in _RUN.finditer(sample):
        before, run, after = match.groups()
        try:
            text = run.decode("utf-8")
        except UnicodeDecodeError:
            # one at the end may be cut
            is_valid = is_valid and match.end() == len(sample)
            continue
        if len(run) > 2 or _BESIDE.match(text) or not (before or after):
            return None
        is_between = is_between and bool(before and after)
    return is_between or not is_valid


@lru_cache(maxsize=256)
def _likely(joined: bytes, hints: frozenset[str], declared: str) -> str:
    """Remembered: statements of a bank have the same words again and again."""
    usual = joined.decode(USUAL, "replace")
    best, best_score, usual_score = USUAL, -math.inf, -math.inf
    for codec, (languages, prior) in _CODECS.items():
        text = joined.decode(codec, "replace")
        score = _best_score(text.split("\n"), languages, hints) + (_DECLARED_ONE if codec == declared else prior)
        if codec == USUAL:
            usual_score = score
        if score > best_score and (text != usual or codec == USUAL):
            best, best_score = codec, score
    return best if best_score >= usual_score + _CLEAR else USUAL


def _words(sample: bytes) -> Iterator[bytes]:
    seen: set[bytes] = set()
    for match in _WORD.finditer(sample):
        if match[0] not in seen:
            seen.add(match[0])
            yield match[0]
            if len(seen) >= _MOST_WORDS:
                return


def _declared(sample: bytes) -> str:
    match = _DECLARED.search(sample)
    if match is None:
        return ""
    page = (match[1] or b"").decode("ascii")
    return f"cp{'858' if page == '850' else page}" if page else f"iso8859-{match[2].decode('ascii')}"


def _languages(sample: bytes) -> frozenset[str]:
    """:return: languages of the countries that are named most, by accounts and currencies"""
    found = Counter(_OF_COUNTRY.get(country.decode("ascii"), "") for country in _IBAN.findall(sample))
    found.update(_OF_CURRENCY[code.decode("ascii")] for code in _CURRENCY.findall(sample))
    del found[""]
    most = max(found.values(), default=0)
    return frozenset(language for language, count in found.items() if count * 3 >= most)


def _best_score(words: list[str], languages: Mapping[str, str], hints: frozenset[str]) -> float:
    """Score a text as one that is mostly in one language, with words of others."""
    by_language = {name: [_score(word, letters) for word in words] for name, letters in languages.items()}
    best_of_word = [max(scores) for scores in zip(*by_language.values(), strict=True)]
    totals: list[float] = []
    for name, scores in by_language.items():
        total = sum(max(score, best + _OTHER_LANGUAGE) for score, best in zip(scores, best_of_word, strict=True))
        likely = 0.0 if name in hints or not hints else -6.0
        totals.append(total + likely)
    return max(totals)


@cache
def _shares(letters: str) -> dict[str, float]:
    shares = {item[0]: int(item[1:]) for item in letters.split()}
    whole = sum(shares.values())
    return {letter: math.log(share / whole) for letter, share in shares.items()}


def _score(word: str, letters: str) -> float:
    shares = _shares(letters)
    score = 0.0
    last = len(word) - 1
    for at, char in enumerate(word):
        if char < "\x80":
            continue
        if char == "\ufffd":
            score += _NO_CHARACTER
        elif char.isalpha() and char not in "ªº":
            score += shares.get(char.lower(), _FOREIGN_LETTER)
            before, after = word[max(at - 2, 0) : at], word[at + 1 : at + 2]
            if char.isupper():
                wrong = before[-1:].islower()
            else:
                wrong = char != "ß" and ((len(before) == 2 and before.isupper()) or after.isupper())
            score += _WRONG_CASE if wrong else 0.0
        elif char not in _SIGNS:
            score += _FOREIGN_SIGN if last == 0 else _SIGN_IN_WORD
        elif last == 0 or char in _INSIDE or (char in _AT_AN_END and at in (0, last)):
            score += _USUAL_SIGN
        else:
            score += _SIGN_IN_WORD
    return score
