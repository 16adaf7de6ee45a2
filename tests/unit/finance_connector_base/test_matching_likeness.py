"""Parties that may be one (E-22)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.matching.likeness import Party, pairs, similarity, trigrams, words

NAMES = st.text("abcé .-", min_size=1, max_size=12)
PARTIES = st.lists(
    st.builds(
        lambda name, country, vat, accounts: (name, country, vat, accounts),
        NAMES,
        st.sampled_from([None, "DE", "FR"]),
        st.sampled_from([None, "DE1", "FR2"]),
        st.frozensets(st.sampled_from(["A", "B"]), max_size=2),
    ),
    max_size=12,
).map(
    lambda rows: [
        Party(id=number, name=name, country=country, vat=vat, accounts=accounts)
        for number, (name, country, vat, accounts) in enumerate(rows)
    ]
)


def test_words_without_legal_form_case_and_accents() -> None:
    assert words("Société Générale S.A.") == ("societe", "generale")
    assert words("ACME Steel G.m.b.H. & Co. KG") == ("acme", "steel")
    assert words("AG") == ("ag",), "a name of nothing else keeps it"


def test_reasons_and_scores() -> None:
    parties = [
        Party(id=1, name="Acme Steel GmbH", country="DE", vat="DE1", accounts=frozenset({"X"})),
        Party(id=2, name="ACME steel", country="DE", vat="DE1", accounts=frozenset({"X"})),
        Party(id=3, name="Acme Stel", country="DE"),
        Party(id=4, name="Acme Steel", country="FR"),
        Party(id=5, name="Other", vat="DE1"),
    ]
    found = {(pair.first, pair.second): pair.reasons for pair in pairs(parties)}
    assert found[1, 2] == ("vat", "account", "name", "similar")
    assert found[1, 3] == ("similar",)
    assert found[1, 5] == ("vat",)
    assert (1, 4) not in found, "another country"
    assert [pair.first for pair in pairs(parties, only=frozenset({3}))] == [1, 2]


@given(PARTIES)
def test_pairs_are_ordered_unique_and_scored(parties: list[Party]) -> None:
    found = pairs(parties)
    assert len({(pair.first, pair.second) for pair in found}) == len(found)
    assert all(pair.first < pair.second and pair.reasons and 0 < pair.score <= 100 for pair in found)


@given(PARTIES)
def test_the_order_of_the_parties_does_not_matter(parties: list[Party]) -> None:
    assert pairs(parties) == pairs(reversed(parties))


@given(PARTIES)
def test_same_number_is_always_found(parties: list[Party]) -> None:
    found = {(pair.first, pair.second) for pair in pairs(parties)}
    for one in parties:
        for other in parties:
            if one.id < other.id and (one.vat and one.vat == other.vat or one.accounts & other.accounts):
                assert (one.id, other.id) in found


@given(NAMES, NAMES)
def test_similarity_is_symmetric_and_bounded(one: str, other: str) -> None:
    value = similarity(trigrams(one), trigrams(other))
    assert 0 <= value <= 1
    assert value == similarity(trigrams(other), trigrams(one))
    assert similarity(trigrams(one), trigrams(one)) == 1
