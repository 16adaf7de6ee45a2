"""Master data as values: what connections translate to and from, whatever they speak."""

from .base import ABSENT, DOMAINS, Absent, Canonical, CanonicalError, UnknownVersion, parse
from .documents import DOCUMENTS, Document, parse_document
from .exchange import Change, Page, Told
from .ledger import Account, AnalyticAccount, AnalyticPlan, PaymentTerm, Tax
from .parties import Department, Employee, EmployeeBank, Partner, PartnerBank
from .trade import Currency, Product, Rate

__all__ = [
    "ABSENT",
    "DOCUMENTS",
    "DOMAINS",
    "Absent",
    "Account",
    "AnalyticAccount",
    "AnalyticPlan",
    "Canonical",
    "CanonicalError",
    "Change",
    "Currency",
    "Department",
    "Document",
    "Employee",
    "EmployeeBank",
    "Page",
    "Partner",
    "PartnerBank",
    "PaymentTerm",
    "Product",
    "Rate",
    "Tax",
    "Told",
    "UnknownVersion",
    "parse",
    "parse_document",
]
