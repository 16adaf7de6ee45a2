"""What can be wrong with a description, or with what it is applied to. The texts name places, never values."""

from __future__ import annotations


class DescriptionError(ValueError):
    """The description itself is wrong: the text says where, and what to write instead."""


class ExpressionError(DescriptionError):
    """An expression that cannot be read, asks for too much, or meets something it is not made for."""


class ContentError(ValueError):
    """An answer (or a document) does not have what the description says it has."""


class AnswerError(ContentError):
    """The request was carried out, and what its answer means is not known."""
