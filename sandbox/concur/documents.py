"""Documents as Concur writes them: every custom field is there, most of them null, in no particular order."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

Json = dict[str, Any]


def _custom(prefix: str, count: int, given: Json) -> Json:
    """All custom fields of a kind, each with a code and a value."""
    made: Json = {}
    for number in range(1, count + 1):
        for part in ("Code", "Value"):
            name = f"{prefix}{number}{part}"
            made[name] = given.get(name)
    return made


def key(text: str) -> str:
    """:return: 32 characters, always the same for a text"""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"concur:{text}").hex.upper()


def tax(code: str, amount: str, reclaim: str | None = None, *, authority: str = "VAT") -> Json:
    """A tax of an allocation."""
    return {
        "taxCode": code,
        "taxReclaimCode": "RC",
        "nonDomesticCode": "ND",
        "taxSource": "SYST",
        "taxAuthorityLabel": authority,
        "locationCountryCode": "DE",
        "locationCountrySubCode": None,
        "amountTax": Decimal(amount),
        "amountReclaim": Decimal(amount if reclaim is None else reclaim),
        "taxGuid": key(f"tax {code} {amount}"),
    }


def journal(amount: Decimal, payee: str, *, payer: str = "COMP", account: str = "474230", taxes: list[Json]) -> Json:
    """One side of the company's books."""
    whole = sum((one["amountTax"] for one in taxes), Decimal(0))
    reclaim = sum((one["amountReclaim"] for one in taxes), Decimal(0))
    return {
        "journalAccountCode": account,
        "journalPayer": payer,
        "journalPayee": payee,
        "amountGross": amount,
        "amountNetOfTax": amount - whole,
        "amountNetOfReclaim": amount - reclaim,
        "amountTax": whole,
        "amountGrossCard": None,
        "cardTransactionReferenceNumber": None,
        "accountingTransactionType": None,
        "taxGuid": [one["taxGuid"] for one in taxes],
    }


def allocation(share: str, *journals: Json, taxes: list[Json] | None = None, identity: str = "", **fields: Any) -> Json:
    """A share of an entry; ``fields`` are those that are not null."""
    return {
        "allocationId": key(f"allocation {identity} {share}"),
        "allocationPercentage": Decimal(share),
        **_custom("allocationCustom", 20, fields),
        "journal": list(journals),
        "tax": taxes or [],
    }


def entry(
    name: str,
    amount: str,
    *,
    kind: str = "TAXIX",
    payee: str = "EMPL",
    pat: str | None = None,
    day: str = "2026-03-02",
    currency: str = "EUR",
    spent: str | None = None,
    rate: str = "1",
    personal: bool = False,
    taxes: list[Json] | None = None,
    allocations: list[Json] | None = None,
    account: str = "474230",
    **fields: Any,
) -> Json:
    """An entry that is paid in one way, to one place, unless ``allocations`` say otherwise.

    :param payee: EMPL the employee, CBCP and IBCP the card, COPD whoever the company pays
    """
    value = Decimal(amount)
    taxes = taxes or []
    if personal:
        # the company pays the card, and the employee owes it the same
        journals = [
            journal(value, payee, account="199999", taxes=[]),
            journal(-value, "COMP", payer="EMPL", account="199999", taxes=[]),
        ]
        value = Decimal(0)
    else:
        journals = [journal(value, payee, account=account, taxes=taxes)]
    return {
        "entryId": key(f"entry {name}"),
        "legacyEntryId": 4207,
        "expenseTypeCode": kind,
        "expenseTypeName": kind.title(),
        "entryDate": f"{day}T00:00:00.000Z",
        "entryDescription": None,
        "entryVendorCode": None,
        "entryVendorDescription": name,
        "entryCurrAlphaCode": currency,
        "reportEntryTransactionAmount": Decimal(spent or amount),
        "entryApprovedAmount": value,
        "entryExchangeRate": Decimal(rate),
        "entryExchangeRateDirection": "M",
        "reportEntryPatKey": pat or {"EMPL": "CASH"}.get(payee, payee),
        "reportEntryPaymentTypeName": None,
        "entryIsPersonal": "Y" if personal else "N",
        "entryIsBillable": "N",
        "entryReceiptType": "R",
        "entryReceiptId": None,
        "entryElectronicReceiptId": None,
        "entryLocationName": "Bellevue",
        "entryLocationCityName": "Bellevue",
        "entryCountryCode": "DE",
        "entryCountrySubCode": None,
        "merchantTaxId": None,
        "supplierInvoiceId": None,
        "govInvoiceId": None,
        "cardTransactionID": None,
        "cardTransactionAmount": None,
        "cardTransactionCurrency": None,
        "cardTransactionPostedAmount": None,
        "cardTransactionPostedCurrency": None,
        "cardProgramTypeCode": None,
        "clearingAccountCode": None,
        "liabilityAccountCode": None,
        "offsetPayType": "N",
        "expensePayIndicator": "N",
        **_custom("entryOrgUnit", 6, fields),
        **_custom("entryCustom", 40, fields),
        "allocation": allocations or [allocation("100", *journals, taxes=taxes, identity=name, **fields)],
        **{name: value for name, value in fields.items() if not name.startswith("allocation")},
    }


def advance(amount: str, *, kind: int = 2, account: str = "CADV") -> Json:
    """A cash advance that is used; amounts are negative."""
    return {
        "cashAdvanceId": key("advance"),
        "cashAdvanceApplicationAmount": Decimal(amount),
        "cashAdvanceClearingAccountCode": account,
        "cashAdvanceTransactionType": kind,
    }


def issued(name: str, amount: str, *, currency: str = "EUR", employee: str = "E-100", **fields: Any) -> Json:
    """A cash advance that is issued, a document of its own kind; its name decides its id."""
    return {
        "employeeData": {
            "employeeId": employee,
            "employeeFirstName": "Ada",
            "employeeLastName": "Byron",
            "employeeMI": None,
            **_custom("employeeOrgUnit", 6, fields),
            **_custom("employeeCustom", 21, fields),
        },
        "cashAdvanceData": {
            "cashAdvanceId": key(f"advance {name}"),
            "name": name,
            "purpose": "Business",
            "paymentMethod": 0,
            "requestDate": "2026-03-01T08:00:00.120Z",
            "issuedDate": "2026-03-02T09:00:00.790Z",
            "requestAmount": Decimal(amount),
            "currencyAlphaCode": currency,
            "employeeCurrencyAlphaCode": currency,
            "exchangeRate": 1,
            "clearingAccountCode": None,
            "countryCode": None,
            "expensePayIndicator": "N",
            "cardTransactionID": None,
            "isTest": "N",
            "transactionType": 1,
            **fields,
        },
        "journalData": [
            {
                "amount": Decimal(amount),
                "payer": "COMP",
                "payee": "EMPL",
                "accountCode": "CADV",
                "debitOrCredit": "DR",
                "paymentCode": "Cash",
            }
        ],
    }


def report(
    name: str,
    *entries: Json,
    revision: int = 1,
    currency: str = "EUR",
    employee: str = "E-100",
    first: str = "Ada",
    last: str = "Byron",
    advances: list[Json] | None = None,
    method: str | None = None,
    **fields: Any,
) -> Json:
    """A report; its name decides its id."""
    total = sum((one["entryApprovedAmount"] for one in entries), Decimal(0))
    return {
        "employee": {
            "employeeId": employee,
            "loginId": f"{employee.lower()}@firm.example",
            "employeeFirstName": first,
            "employeeLastName": last,
            "employeeMI": None,
            "employeeReimbursementMethodCode": method,
            **_custom("employeeOrgUnit", 6, fields),
            **_custom("employeeCustom", 21, fields),
        },
        "report": {
            "reportId": key(f"report {name}")[:20],
            "reportKey": 39,
            "reportNumber": key(name)[:6],
            "reportName": name,
            "policyId": key("policy"),
            "ledgerCode": "DEFAULT",
            "homeCountryCode": "DE",
            "employeeCurrencyAlphaCode": currency,
            "totalApprovedAmount": total,
            "cashAdvanceReturnsAmount": Decimal(0),
            "isTest": "N",
            # also where it is a number, it is sent as text
            "revisionNumber": str(revision),
            "versionId": "4",
            "reportCreationDate": "2026-03-03T08:00:00.000Z",
            "reportSubmitDate": "2026-03-03T09:00:00.000Z",
            "reportPaymentProcessingDate": "2026-03-04T10:30:00.000Z",
            "lastApproverId": "6f3c1b0e-0000-4000-8000-000000000001",
            "requestId": [],
            **_custom("reportOrgUnit", 6, fields),
            **_custom("reportCustom", 20, fields),
            **{name: value for name, value in fields.items() if name in _REPORT},
        },
        "expenseEntry": list(entries),
        "cashAdvanceApplication": advances or [],
    }


_REPORT = frozenset({"isTest", "cashAdvanceReturnsAmount", "totalApprovedAmount", "homeCountryCode", "ledgerCode"})
