"""What of a feed is news: said again, and gone back to what was said before (S-21; fault 3)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_expense_sync.cards.sequence import Latest, first_key, keys_of


def feed(pages: list[str], *, sizes: int = 1) -> list[str]:
    """:return: contents that are taken as news, of one transaction whose contents are single letters, page by page"""
    stored: dict[str, int] = {}
    latest: dict[str, Latest] = {}
    news = []
    for start in range(0, len(pages), sizes):
        said = [("T", letter) for letter in pages[start : start + sizes]]
        known = {first_key(*one) for one in said} & stored.keys()
        for (name, content), key in zip(said, keys_of(said, latest, known), strict=True):
            if key not in stored:
                stored[key] = len(stored) + 1
                news.append(content)
            latest[name] = Latest(stored[key], content, key)
    return news


def test_back_to_what_it_was_is_news() -> None:
    assert feed(list("ABA")) == ["A", "B", "A"]
    assert feed(list("AABBAAB")) == ["A", "B", "A", "B"]


@given(st.text("ABC", max_size=12), st.integers(1, 4))
def test_every_change_is_news_once_however_it_is_cut_into_pages(said: str, size: int) -> None:
    changes = [letter for place, letter in enumerate(said) if not place or said[place - 1] != letter]
    assert feed(list(said), sizes=size) == changes


def test_a_file_that_was_read_before_says_nothing_new() -> None:
    said = [("T", "A"), ("U", "B"), ("T", "C")]
    assert keys_of(said, {}, ()) == [first_key(*one) for one in said]


def test_a_message_that_nobody_remembers_keeps_its_identity() -> None:
    """Given up before it was worked: the same content is no news."""
    assert keys_of([("T", "A")], {}, {first_key("T", "A")}) == [first_key("T", "A")]
