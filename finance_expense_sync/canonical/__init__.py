"""Expense reports and card transactions as values, whatever platform they come from."""

from .card import CardTransaction
from .parts import Allocation, Attendee, Money, Person, Receipt, TaxShare, Violation
from .report import ExpenseLine, ExpenseReport

__all__ = [
    "Allocation",
    "Attendee",
    "CardTransaction",
    "ExpenseLine",
    "ExpenseReport",
    "Money",
    "Person",
    "Receipt",
    "TaxShare",
    "Violation",
]
