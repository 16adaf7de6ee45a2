"""A second reader of XBRL GL instances: what the published taxonomy and XBRL 2.1 say, as tables.

The taxonomy is its publisher's and is not kept here. A line of GRAMMAR is a tuple with what may be in it, in its order
(content models of the palette of COR, BUS and MUC): `name` exactly once, `name?` at most once, `name*` any
number. What stands behind the last element that a trial balance needs is left out. FORMS has the items.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

VERSION = "2015-03-25"
ENTRY_POINT = f"http://www.xbrl.org/taxonomy/int/gl/{VERSION}/plt/case-c-b-m/gl-plt-all-{VERSION}.xsd"
SPACES = {
    "http://www.xbrl.org/2003/instance": "xbrli",
    "http://www.xbrl.org/2003/linkbase": "link",
    **{f"http://www.xbrl.org/int/gl/{module}/{VERSION}": module for module in ("cor", "bus", "muc")},
}
HREF, TYPE = "{http://www.w3.org/1999/xlink}href", "{http://www.w3.org/1999/xlink}type"
CURRENCIES = "http://www.xbrl.org/2003/iso4217"

GRAMMAR = {
    # XBRL 2.1: references to taxonomies come first
    "xbrli:xbrl": "link:schemaRef xbrli:context* xbrli:unit* cor:accountingEntries",
    "xbrli:context": "xbrli:entity xbrli:period",
    "xbrli:entity": "xbrli:identifier",
    "xbrli:period": "xbrli:instant",
    "xbrli:unit": "xbrli:measure",
    "cor:accountingEntries": "cor:documentInfo cor:entityInformation? cor:entryHeader*",
    "cor:documentInfo": "cor:entriesType cor:uniqueID? cor:revisesUniqueID? cor:revisesUniqueIDAction? cor:language?"
    " cor:creationDate? bus:creator? cor:entriesComment? cor:periodCoveredStart? cor:periodCoveredEnd?"
    " bus:periodCount? bus:periodUnit? bus:periodUnitDescription? bus:sourceApplication? bus:targetApplication?"
    " muc:defaultCurrency?",
    "cor:entityInformation": "bus:entityPhoneNumber* bus:entityFaxNumberStructure* bus:entityEmailAddressStructure*"
    " bus:organizationAccountingMethodPurposeDefault? bus:organizationAccountingMethodPurposeDefaultDescription?"
    " bus:organizationIdentifiers*",
    "bus:organizationIdentifiers": "bus:organizationIdentifier? bus:organizationDescription?",
    "cor:entryHeader": "cor:postedDate? cor:enteredBy? bus:enteredByModified? cor:enteredDate?"
    " bus:entryResponsiblePerson? cor:sourceJournalID? bus:sourceJournalDescription? cor:entryType? bus:entryOrigin?"
    " cor:entryNumber? cor:entryComment? cor:qualifierEntry? cor:qualifierEntryDescription? bus:postingCode?"
    " bus:batchID? bus:batchDescription? bus:numberOfEntries? bus:totalDebit? bus:totalCredit? cor:bookTaxDifference?"
    " bus:eliminationCode? cor:entryNumberCounter? cor:entryDetail*",
    "cor:entryDetail": "cor:lineNumber? cor:lineNumberCounter? cor:account* cor:amount? muc:amountCurrency?"
    " muc:amountOriginalExchangeRateDate? muc:amountOriginalAmount? muc:amountOriginalCurrency?"
    " muc:amountOriginalExchangeRate? cor:signOfAmount? cor:debitCreditCode? cor:postingDate?",
    "cor:account": "cor:accountMainID? cor:accountMainDescription? cor:mainAccountType?"
    " cor:mainAccountTypeDescription? cor:parentAccountMainID? cor:accountPurposeCode? cor:accountPurposeDescription?"
    " cor:accountType? cor:accountTypeDescription? bus:entryAccountingMethod? bus:entryAccountingMethodDescription?"
    " bus:entryAccountingMethodPurpose? bus:entryAccountingMethodPurposeDescription? cor:accountSub*"
    " cor:accountActive?",
    "cor:accountSub": "cor:accountSubDescription? cor:accountSubID? cor:accountSubType? cor:segmentParentTuple*",
}
#: item -> `text`, `token`, `date`, `money`, `currency`, or the values of its list
FORMS: dict[str, str | tuple[str, ...]] = {
    "cor:entriesType": (
        *("account", "balance", "entries", "journal", "ledger", "assets", "trialbalance", "taxtables", "other"),
    ),
    "cor:qualifierEntry": ("standard", "balance-brought-forward", "other"),
    "cor:mainAccountType": (
        *("asset", "liability", "equity", "income", "gain", "expense", "loss", "contr-to-equity"),
        *("distr-from-equity", "comprehensive-income", "other"),
    ),
    "cor:debitCreditCode": ("D", "C", "debit", "credit", "undefined"),
    **dict.fromkeys(("cor:uniqueID", "cor:entryNumber", "cor:lineNumber", "bus:creator"), "text"),
    **dict.fromkeys(("cor:accountMainID", "cor:accountMainDescription", "cor:accountSubID"), "text"),
    **dict.fromkeys(("bus:organizationIdentifier", "bus:organizationDescription"), "text"),
    "cor:accountSubType": "token",
    **dict.fromkeys(("cor:creationDate", "cor:periodCoveredStart", "cor:periodCoveredEnd", "cor:postingDate"), "date"),
    "cor:amount": "money",
    **dict.fromkeys(("muc:defaultCurrency", "muc:amountCurrency"), "currency"),
}


def faults(root: Any) -> list[str]:
    """:return: what a processor that has the taxonomy would refuse, as sentences"""
    found = [fault for element in root.iter() for fault in _structure(element)]
    contexts = {one.get("id") for one in root if _name(one) == "xbrli:context"}
    units = {one.get("id"): one for one in root if _name(one) == "xbrli:unit"}
    ids = [one.get("id") for one in root if one.get("id")]
    if len(ids) > len(set(ids)):
        found.append("two of one id")
    for element in root.iter():
        name = _name(element)
        if name in FORMS:
            found += [f"{name}: {fault}" for fault in _item(element, FORMS[name], contexts, units)]
        elif element.get("contextRef") or element.get("unitRef"):
            found.append(f"{name} is no item, and has a context or unit")
        if name == "link:schemaRef" and (element.get(HREF), element.get(TYPE)) != (ENTRY_POINT, "simple"):
            found.append("schemaRef: not the entry point of COR, BUS and MUC")
        if name == "xbrli:identifier" and not (element.get("scheme") and (element.text or "").strip()):
            found.append("identifier: has no scheme or says nothing")
        if name == "xbrli:instant" and not _is_date(element.text or ""):
            found.append("instant: no date")
        if name == "xbrli:measure" and not _qualified(element):
            found.append("measure: not of a namespace that is declared")
    return found


def _name(element: Any) -> str:
    name = etree.QName(element)
    return f"{SPACES.get(name.namespace, '?')}:{name.localname}"


def _structure(element: Any) -> list[str]:
    name = _name(element)
    if name not in GRAMMAR:
        known = name in FORMS or name in ("link:schemaRef", "xbrli:identifier", "xbrli:instant", "xbrli:measure")
        return [] if known and not len(element) else [f"{name} is unknown, or is no tuple and has children"]
    if (element.text or "").strip():
        return [f"{name} has text"]
    wanted = "".join(
        f"(?:{word.rstrip('?*')} ){word[-1] if word[-1] in '?*' else ''}" for word in GRAMMAR[name].split()
    )
    children = "".join(f"{_name(child)} " for child in element)
    return [] if re.fullmatch(wanted, children) else [f"{name} has {children}"]


def _item(element: Any, form: str | tuple[str, ...], contexts: set[str], units: dict[str, Any]) -> list[str]:
    text, found = element.text or "", []
    if element.get("contextRef") not in contexts:
        found.append("there is no such context")
    if form == "money":
        unit = units.get(element.get("unitRef"))
        measure = None if unit is None else _qualified(unit[0])
        if measure is None or measure[0] != CURRENCIES:
            found.append("its unit is no currency")
        try:
            exponent = Decimal(text).as_tuple().exponent
        except InvalidOperation:
            return [*found, "no number"]
        if element.get("decimals") != str(-int(exponent)) and not text.isdigit():
            found.append("it is not as exact as it says")
        return found if element.get("decimals") else [*found, "it does not say how exact it is"]
    if element.get("unitRef") or element.get("decimals"):
        found.append("it is no number, and has a unit")
    fits = {
        "text": lambda: bool(text),
        "token": lambda: bool(text) and text == " ".join(text.split()),
        "date": lambda: _is_date(text),
        "currency": lambda: (_qualified(element) or ("",))[0] == CURRENCIES,
    }
    if not (text in form if isinstance(form, tuple) else fits[form]()):
        found.append(f"says {text!r}")
    return found


def _qualified(element: Any) -> tuple[str, str] | None:
    """:return: namespace and name that the text stands for"""
    prefix, colon, name = (element.text or "").partition(":")
    return (element.nsmap[prefix], name) if colon and name and prefix in element.nsmap else None


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
