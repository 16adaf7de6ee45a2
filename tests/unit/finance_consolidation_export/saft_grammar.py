"""A second reader of SAF-T Financial 1.30: what the published schema says of each element, as a table.

The schema itself is the authority's and is not kept here. A line is an element with its children in their order:
`name` exactly once, `name?` at most once, `name*` any number, `name+` at least once, `a|b` one of the two. What has no
line is a leaf, and its form is in FORMS.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

PARTY = "RegistrationNumber? Name Address* Contact* TaxRegistration* BankAccount*"
BALANCES = "OpeningDebitBalance|OpeningCreditBalance ClosingDebitBalance|ClosingCreditBalance"
AMOUNT = "Amount CurrencyCode? CurrencyAmount? ExchangeRate?"
GRAMMAR = {
    "AuditFile": "Header MasterFiles? GeneralLedgerEntries? SourceDocuments?",
    "Header": "AuditFileVersion AuditFileCountry AuditFileRegion? AuditFileDateCreated SoftwareCompanyName SoftwareID"
    " SoftwareVersion Company DefaultCurrencyCode SelectionCriteria HeaderComment? TaxAccountingBasis TaxEntity?"
    " UserID? AuditFileSender?",
    "Company": "RegistrationNumber Name Address* Contact+ TaxRegistration* BankAccount*",
    "Address": "StreetName? Number? AdditionalAddressDetail? Building? City? PostalCode? Region? Country? AddressType?",
    "Contact": "ContactPerson Telephone? Fax? Email? Website? MobilePhone?",
    "ContactPerson": "Title? FirstName Initials? LastNamePrefix? LastName BirthName? Salutation? OtherTitles*",
    "TaxRegistration": "TaxRegistrationNumber TaxType? TaxNumber? TaxAuthority? TaxVerificationDate?",
    "SelectionCriteria": "TaxReportingJurisdiction? CompanyEntity? SelectionStartDate SelectionEndDate DocumentType?"
    " OtherCriteria*",
    "MasterFiles": "GeneralLedgerAccounts? Taxonomies? Customers? Suppliers? TaxTable? UOMTable? AnalysisTypeTable?"
    " MovementTypeTable? Products? PhysicalStock? Owners? Assets?",
    "GeneralLedgerAccounts": "Account+",
    "Account": "AccountID AccountDescription GroupingCategory GroupingCode AccountType AccountCreationDate? "
    + BALANCES,
    "Customers": "Customer+",
    "Customer": PARTY + " CustomerID SelfBillingIndicator? BalanceAccount* PartyInfo?",
    "Suppliers": "Supplier+",
    "Supplier": PARTY + " SupplierID SelfBillingIndicator? BalanceAccount* PartyInfo?",
    "BalanceAccount": "AccountID? " + BALANCES,
    "TaxTable": "TaxTableEntry+",
    "TaxTableEntry": "TaxType Description TaxCodeDetails+",
    "TaxCodeDetails": "TaxCode EffectiveDate? ExpirationDate? Description? TaxPercentage? Country Region?"
    " StandardTaxCode Compensation? BaseRate+",
    "AnalysisTypeTable": "AnalysisTypeTableEntry+",
    "AnalysisTypeTableEntry": "AnalysisType AnalysisTypeDescription AnalysisID AnalysisIDDescription StartDate?"
    " EndDate? Status? Analysis*",
    "GeneralLedgerEntries": "NumberOfEntries TotalDebit TotalCredit Journal*",
    "Journal": "JournalID Description Type Transaction*",
    "Transaction": "TransactionID Period PeriodYear TransactionDate SourceID? VoucherType? VoucherDescription?"
    " TransactionType? Description BatchID? SystemEntryDate GLPostingDate ModificationDate? CustomerID? SupplierID?"
    " SystemID? Line+",
    "Line": "RecordID AccountID Analysis* ValueDate? SourceDocumentID? CustomerID? SupplierID? Description"
    " DebitAmount|CreditAmount TaxInformation* ReferenceNumber? CID? DueDate? Quantity? CrossReference?"
    " SystemEntryTime? OwnerID?",
    "Analysis": "AnalysisType AnalysisID DebitAnalysisAmount|CreditAnalysisAmount?",
    "TaxInformation": "TaxType? TaxCode? TaxPercentage? Country? TaxBase? TaxBaseDescription?"
    " DebitTaxAmount|CreditTaxAmount TaxExemptionReason? TaxDeclarationPeriod?",
    **{f"{side}{kind}Amount": AMOUNT for side in ("Debit", "Credit") for kind in ("", "Analysis", "Tax")},
}
#: what a leaf may hold: how many characters, or `money`, `rate`, `number`, `date`, or a pattern
FORMS: dict[str, int | str] = {
    **dict.fromkeys(("AuditFileVersion", "Type", "AnalysisType"), 9),
    **dict.fromkeys(("SoftwareVersion", "Telephone", "JournalID", "TransactionType", "SystemID", "RecordID"), 18),
    **dict.fromkeys(("RegistrationNumber", "TaxRegistrationNumber", "GroupingCode", "CustomerID", "SupplierID"), 35),
    **dict.fromkeys(("FirstName", "SourceID", "ReferenceNumber", "AnalysisID"), 35),
    **dict.fromkeys(("SoftwareCompanyName", "LastName", "Email", "PostalCode", "AccountID", "TaxCode"), 70),
    **dict.fromkeys(("TransactionID", "VoucherType"), 70),
    **dict.fromkeys(("SoftwareID", "Name", "StreetName", "City", "UserID", "AccountDescription", "Description"), 256),
    **dict.fromkeys(("GroupingCategory", "AnalysisTypeDescription", "AnalysisIDDescription"), 256),
    **dict.fromkeys(("AuditFileDateCreated", "SelectionStartDate", "SelectionEndDate", "AccountCreationDate"), "date"),
    **dict.fromkeys(("TransactionDate", "SystemEntryDate", "GLPostingDate", "ModificationDate", "DueDate"), "date"),
    **dict.fromkeys(("OpeningDebitBalance", "OpeningCreditBalance", "ClosingDebitBalance"), "money"),
    **dict.fromkeys(("ClosingCreditBalance", "TotalDebit", "TotalCredit", "Amount", "CurrencyAmount"), "money"),
    "ExchangeRate": "rate",
    **dict.fromkeys(("TaxPercentage", "TaxBase"), "number"),
    **dict.fromkeys(("AuditFileCountry", "Country"), "[A-Z]{2}"),
    **dict.fromkeys(("DefaultCurrencyCode", "CurrencyCode"), "[A-Z]{3}"),
    **dict.fromkeys(("NumberOfEntries", "Period"), "[0-9]+"),
    "PeriodYear": "19[7-9][0-9]|20[0-9]{2}|2100",
    "TaxAccountingBasis": "A",
    "AccountType": "GL",
    "TaxType": "MVA",
    "StandardTaxCode": "[0-9anAN]{1,2}",
    "BaseRate": "100|[0-9]{1,2}",
}
#: digits in all, and of them behind the point
DIGITS = {"money": (18, 2), "rate": (18, 8), "number": (99, 99)}


def faults(
    root: Any, namespace: str, grammar: dict[str, str] = GRAMMAR, forms: dict[str, int | str] = FORMS
) -> list[str]:
    """:return: what the schema would refuse, as sentences"""
    return [fault for element in root.iter() for fault in _faults(element, namespace, grammar, forms)]


def _faults(element: Any, namespace: str, grammar: dict[str, str], forms: dict[str, int | str]) -> list[str]:
    name = etree.QName(element)
    if name.namespace != namespace:
        return [f"{name.localname} is in another namespace"]
    children = [etree.QName(child).localname for child in element]
    if name.localname in grammar:
        wanted = "".join(map(_pattern, grammar[name.localname].split()))
        found = "".join(f"{child} " for child in children)
        return [] if re.fullmatch(wanted, found) else [f"{name.localname} has {found}"]
    form = forms.get(name.localname)
    if form is None or children:
        return [f"{name.localname} is unknown, or has {children}"]
    return [] if _fits(form, element.text or "") else [f"{name.localname} says {element.text!r}"]


def _pattern(word: str) -> str:
    names, times = (word[:-1], word[-1]) if word[-1] in "?*+" else (word, "")
    return f"(?:(?:{names}) ){times}"


def _fits(form: int | str, text: str) -> bool:
    if isinstance(form, int):
        return 0 < len(text) <= form
    if form == "date":
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text))
    if form not in DIGITS:
        return bool(re.fullmatch(form, text))
    try:
        parts = Decimal(text).as_tuple()
    except InvalidOperation:
        return False
    most, behind = DIGITS[form]
    assert isinstance(parts.exponent, int)
    return "E" not in text and len(parts.digits) <= most and -parts.exponent <= behind
