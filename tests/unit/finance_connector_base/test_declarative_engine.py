"""Systems described by data: expressions with bounds, feeds, sendings, examples (S-10 to S-17, S-24)."""

import json
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.canonical import CanonicalError, parse_document
from odoo.addons.finance_connector_base.declarative import (
    ContentError,
    DescriptionError,
    ExpressionError,
    Heard,
    Refused,
    examples,
    look,
    one,
    read,
    send,
    template,
)
from odoo.addons.finance_connector_base.declarative.calls import pause
from odoo.addons.finance_connector_base.declarative.description import Rate
from odoo.addons.finance_connector_base.declarative.expression import MAX_LENGTH, search

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
NOW = datetime(2026, 2, 1, tzinfo=timezone.utc)


def described(**changes):
    base = {
        "format": 1,
        "code": "toy",
        "name": "Toy",
        "check": {"request": {"path": "ping"}},
        "feeds": {
            "bills": {
                "title": "Bills",
                "request": {"path": "bills", "query": {"since": "{given('since')}"}},
                "pages": {"kind": "cursor", "at": "next", "parameter": "after"},
                "rows": "rows",
                "identity": "text(id)",
                "since": {"stamp": "changed", "look_back": 600},
                "one": {"path": "bills/{id}"},
                "gives": [
                    {
                        "object": "payment",
                        "give": {
                            "external_id": "text(id)",
                            "date": "day(changed)",
                            "amount": "decimal(amount)",
                            "currency": "given('currency')",
                            "of": "invoice",
                        },
                    }
                ],
            }
        },
        "variables": {"currency": {"label": "Currency", "default": "EUR"}},
    }
    return read(json.dumps({**base, **changes}).encode())


def row(number, minute, amount="1.00"):
    stamp = (NOW - timedelta(days=1) + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"id": number, "changed": stamp, "amount": amount, "invoice": "I1"}


class Says:
    """Answers from a list, or by a function of the call."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.calls = []
        self.paused = 0.0

    def call(self, call):
        self.calls.append(call)
        answer = self.answers[0] if callable(self.answers[0]) else self.answers.pop(0)
        answer = answer(call) if callable(answer) else answer
        return answer if isinstance(answer, Heard) else Heard(status=200, body=answer)

    def pause(self, seconds):
        self.paused += seconds


class TestExpressions:
    @pytest.mark.parametrize(
        ("expression", "value", "wanted"),
        [
            ("minor(x, 'EUR')", {"x": 1900}, Decimal("19.00")),
            ("minor(x, 'JPY')", {"x": 1900}, Decimal(1900)),
            ("minor(x, 'KWD')", {"x": 1900}, Decimal("1.900")),
            ("in_minor(x, 'EUR')", {"x": "19.00"}, 1900),
            ("minus(times(price, quantity), total(cuts[].amount))", {"price": "199.00", "quantity": 3,
             "cuts": [{"amount": "3.34"}, {"amount": "3.33"}, {"amount": "3.33"}]}, Decimal("587.00")),
            ("plus(a, b)", {"a": "0.1", "b": "0.2"}, Decimal("0.3")),
            ("rounded(x, `2`)", {"x": "0.125"}, Decimal("0.13")),
            ("text(x)", {"x": 450789469}, "450789469"),
            ("text(x)", {"x": Decimal("1E+3")}, "1000"),
            ("day(x)", {"x": "2024-04-01T02:16:48+03:00"}, "2024-04-01"),
            ("day(x)", {"x": 1769854530}, "2026-01-31"),
            ("moment(x)", {"x": "2013-05-07T22:07:19.000+0000"}, "2013-05-07T22:07:19Z"),
            ("choose(s, `{\"paid\": \"open\"}`) || 'draft'", {"s": "new"}, "draft"),
            ("joined([a, b, c], ' ')", {"a": "Ava", "b": None, "c": "Nguyen"}, "Ava Nguyen"),
            ("lines[].{n: name, o: row().id}", {"id": 7, "lines": [{"name": "x"}]}, [{"n": "x", "o": 7}]),
        ],
    )  # fmt: skip
    def test_money_dates_and_texts(self, expression, value, wanted):
        assert search(expression, value) == wanted

    @pytest.mark.parametrize(
        "expression",
        [
            "[@,@]" + " | [@,@]" * 60,
            "[@,@]" + " | [@,@]" * 60 + " | to_string(@)",
            "join('"
            + "x" * 500
            + "', "
            + " | ".join(["[a,a,a,a,a,a,a,a][]"] * 1)
            + ")"
            + " | [@,@,@,@,@,@,@,@,@]" * 40,
            "rows[*].[row().rows[*].[row().rows[*].id]]",
        ],
    )
    def test_what_asks_for_too_much_is_stopped_by_count(self, expression):
        with pytest.raises(ExpressionError):
            search(expression, {"a": "text", "rows": [{"id": number} for number in range(200)]})

    def test_an_expression_is_short_and_its_functions_exist(self):
        for text, said in (("a." * MAX_LENGTH + "a", "longer"), ("a[", "no JMESPath"), ("evil(@)", "does not exist")):
            with pytest.raises(ExpressionError, match=said):
                search(text, {})

    def test_what_does_not_fit_is_told_without_the_value(self):
        with pytest.raises(ExpressionError) as error:
            search("decimal(x)", {"x": "secret words"})
        assert "secret" not in str(error.value)

    @given(JSON)
    @settings(max_examples=100, deadline=None)
    def test_whatever_comes_an_expression_gives_a_value_or_its_error(self, value):
        for text in (
            "a[].b | total(@)",
            "day(a)",
            "minor(a, b)",
            "joined(a, ',')",
            "choose(a, `{}`)",
            "sort_by(a, &b)",
        ):
            try:
                search(text, value)
            except ExpressionError:
                pass

    @given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9))
    @settings(max_examples=60, deadline=None)
    def test_minor_units_there_and_back(self, amount):
        assert search("minor(in_minor(x, 'EUR'), 'EUR')", {"x": format(amount, "f")}) == amount


class TestTemplates:
    def test_a_path_cannot_be_left(self):
        assert template.fill("orders/{id}.json", {"id": "../../x?y=1"}) == "orders/..%2F..%2Fx%3Fy%3D1.json"
        with pytest.raises(ContentError, match="nothing for"):
            template.fill("orders/{id}", {"id": None})

    def test_shapes(self):
        shape = {
            "name": "title",
            "gone": "nothing",
            "empty": {"or_null": "nothing"},
            "fixed": {"constant": "EUR"},
            "lines": {"each": "items", "when": "n > `1`", "give": {"n": "text(n)", "of": "row().title"}},
        }
        template.check(shape, "give")
        assert template.build(shape, {"title": "T", "items": [{"n": 1}, {"n": 2}]}) == {
            "name": "T",
            "empty": None,
            "fixed": "EUR",
            "lines": [{"n": "2", "of": "T"}],
        }


class TestDescriptions:
    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"feed": {}}, "feed: is not known here"),
            ({"base": "{a[}"}, "base"),
            ({"check": {"request": {"path": "x", "json": {"a": "b("}}}}, "check.request.json.a"),
            ({"log_in": {"kind": "header", "name": "X"}}, "log_in.*header needs token"),
            ({"events": {"paid": {"feed": "none", "id": "id"}}}, "there is no feed none"),
            ({"events": {"paid": {"feed": "rows", "id": "id", "settings": {"scheme": "hmac"}}}}, "hmac needs header"),
            ({"events": {"paid": {"feed": "rows", "id": "id", "settings": {"kind_path": "a["}}}}, "kind_path"),
            # an order that is created and then paid would be one event
            *(
                ({"events": {"paid": {"feed": "rows", "id": of, "settings": {"identity_path": said}}}}, "is the record")
                for of, said in (("text(id)", "id"), ("order.id", "order.id"))
            ),
            ({"faults": [{"means": "retry"}]}, "give status, when, or both"),
            ({"examples": [{"name": "x", "feed": "nope"}]}, "there is no feed nope"),
            ({"format": 2}, "format"),
        ],
    )
    def test_an_error_names_the_place(self, change, said):
        with pytest.raises(DescriptionError, match=said):
            described(**change)

    def test_not_json(self):
        for content in (b"{", b"[]", b'{"a": 1, "a": 2}', b"\xff"):
            with pytest.raises(DescriptionError):
                read(content)


class TestFeeds:
    def test_pages_position_and_overlap(self):
        """The next look begins before the highest stamp; what it brings again unchanged is passed over."""
        toy = described()
        first = Says({"rows": [row(1, 0), row(2, 30)], "next": "c1"}, {"rows": [row(3, 31)]})
        part = look(toy, "bills", {"currency": "EUR"}, None, first, now=NOW)
        assert [r.id for r in part.rows] == ["1", "2", "3"] and not part.more
        assert first.calls[0].query == {"since": "2026-01-02T00:00:00Z"}
        assert first.calls[1].query["after"] == "c1"
        assert part.position == {
            "since": "2026-01-31T00:21:00Z",
            "seen": {"2": "2026-01-31T00:30:00Z", "3": "2026-01-31T00:31:00Z"},
        }
        second = Says({"rows": [row(2, 30), row(3, 33), row(4, 34)]})
        again = look(toy, "bills", {"currency": "EUR"}, part.position, second, now=NOW)
        assert ([r.id for r in again.rows], again.known) == (["3", "4"], 1)
        assert again.rows[0].made[0].data["object"] == "payment"

    def test_a_look_that_breaks_off_moves_nothing_and_a_long_one_goes_on(self):
        toy = described()
        says = Says(*({"rows": [row(n, n)], "next": f"c{n}"} for n in range(3)), {"rows": [row(9, 9)]})
        part = look(toy, "bills", {"currency": "EUR"}, None, says, now=NOW, most_pages=3)
        assert part.more and part.position["run"]["page"] == "c2" and "since" not in part.position
        last = look(toy, "bills", {"currency": "EUR"}, json.loads(json.dumps(part.position)), says, now=NOW)
        assert says.calls[3].query["after"] == "c2"
        assert not last.more and last.position["since"] == "2026-01-30T23:59:00Z"

    def test_a_next_page_that_is_the_same_one_ends(self):
        says = Says(lambda call: {"rows": [], "next": "c1"})
        with pytest.raises(ContentError, match="same one"):
            look(described(), "bills", {"currency": "EUR"}, None, says, now=NOW)

    @pytest.mark.parametrize(
        ("pages", "answers", "wanted"),
        [
            ({"kind": "page", "parameter": "p", "size": 2}, [2, 2, 1], ["1", "2", "3"]),
            ({"kind": "offset", "parameter": "p", "size": 2}, [2, 2, 0], ["0", "2", "4"]),
            ({"kind": "page", "parameter": "p", "more": "go"}, [1, 1, 1], ["1", "2", "3"]),
        ],
    )
    def test_counted_pages(self, pages, answers, wanted):
        toy = described()
        feed = toy.feeds["bills"].model_dump(by_alias=True, exclude_none=True)
        toy = described(feeds={"bills": {**feed, "pages": pages}})
        number = iter(range(100))
        says = Says(
            *({"rows": [row(next(number), 1) for _ in range(count)], "go": place < 2}
              for place, count in enumerate(answers))
        )  # fmt: skip
        look(toy, "bills", {"currency": "EUR"}, None, says, now=NOW)
        assert [call.query["p"] for call in says.calls] == wanted

    def test_link_header(self):
        feed = described().feeds["bills"].model_dump(by_alias=True, exclude_none=True)
        toy = described(feeds={"bills": {**feed, "pages": {"kind": "link"}, "rows": "@"}})
        header = '<https://x.example/a?p=0>; rel="previous", <https://x.example/a?p=2>; rel="next"'
        says = Says(Heard(status=200, headers={"link": header}, body=[row(1, 1)]), [row(2, 2)])
        look(toy, "bills", {"currency": "EUR"}, None, says, now=NOW)
        assert (says.calls[1].path, says.calls[1].query) == ("https://x.example/a?p=2", {})

    def test_a_row_that_does_not_fit_is_told_and_the_others_go_on(self):
        says = Says({"rows": [row(1, 1, amount="-5"), row(2, 2)]})
        part = look(described(), "bills", {"currency": "EUR"}, None, says, now=NOW)
        bad, good = (r.made[0] for r in part.rows)
        assert "amount" in bad.problem and bad.data["external_id"] == "1" and good.problem is None

    def test_one_row_is_read_again_and_may_be_gone(self):
        toy = described(faults=[{"status": [404], "means": "empty"}])
        [found] = one(toy, "bills", {"currency": "EUR"}, "7", Says(row(7, 1)))
        assert found.id == "7"
        assert one(toy, "bills", {"currency": "EUR"}, "8", Says(Heard(status=404, body={}))) == ()

    def test_a_refusal_with_a_good_status(self):
        toy = described(faults=[{"when": "body.Fault", "means": "hold", "says": "body.Fault.text"}])
        with pytest.raises(Refused) as error:
            look(toy, "bills", {"currency": "EUR"}, None, Says({"Fault": {"text": "stale"}}), now=NOW)
        assert (error.value.means, error.value.says) == ("hold", "stale")

    def test_the_limit_of_calls_slows_us_down(self):
        rate = Rate(header="X-Limit", pattern=r"(?P<used>\d+)/(?P<most>\d+)", slow_at=0.8, seconds=2)
        assert [pause(rate, {"x-limit": text}) for text in ("1/40", "32/40", "nonsense", "1/0")] == [0, 2, 0, 0]

    @given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 29)), max_size=25), st.integers(1, 4))
    @settings(max_examples=60, deadline=None)
    def test_no_change_is_lost_and_none_comes_twice(self, changes, pages):
        """Whatever happens between looks, each (thing, stamp) that is visible at a look comes exactly once."""
        toy, position, told = described(), None, []
        state = {}
        for step, (number, minute) in enumerate(changes):
            state[number] = row(number, minute + step * 20)
            listed = sorted(state.values(), key=lambda r: r["changed"])

            def answer(call, listed=listed):
                since = call.query["since"]
                rows = [r for r in listed if r["changed"] >= since]
                begin = int(call.query.get("after", 0))
                following = {"next": str(begin + pages)} if begin + pages < len(rows) else {}
                return {"rows": rows[begin : begin + pages], **following}

            more = True
            while more:
                part = look(toy, "bills", {"currency": "EUR"}, position, Says(answer), now=NOW, most_pages=2)
                position, more = json.loads(json.dumps(part.position)), part.more
                told += [(r.id, r.stamp) for r in part.rows]
        assert len(told) == len(set(told))
        assert {(str(n), r["changed"]) for n, r in state.items()} <= set(told)


ENTRY = {
    "object": "journal_entry",
    "external_id": "move-1",
    "number": "MISC/1",
    "date": "2026-01-31",
    "currency": "EUR",
    "lines": [{"account": "100", "debit": "10.50"}, {"account": "200", "credit": "10.50"}],
}


class TestSending:
    def toy(self):
        return described(
            sends={
                "entry": {
                    "title": "Entries",
                    "object": "journal_entry",
                    "request": {
                        "method": "POST",
                        "path": "entries",
                        "json": {"no": "number", "lines": "lines[].debit"},
                    },
                    "key": {"query": "requestid"},
                    "id": "text(entry.id)",
                    "find": {"request": {"path": "entries", "query": {"no": "{number}"}}, "id": "text(found[0].id)"},
                    "proofs": [{"name": "total", "answer": "entry.total", "sent": "total(lines[].debit)"}],
                }
            },
            faults=[{"status": [409], "means": "exists"}],
        )

    def test_the_answer_is_proved(self):
        says = Says({"entry": {"id": 9, "total": Decimal("10.5")}})
        sent = send(self.toy(), "entry", ENTRY, {}, says, key="K")
        assert (sent.id, sent.differences, says.calls[0].query) == ("9", (), {"requestid": "K"})
        wrong = send(self.toy(), "entry", ENTRY, {}, Says({"entry": {"id": 9, "total": 10}}), key="K")
        assert [d.name for d in wrong.differences] == ["total"]

    def test_before_it_is_sent_again_it_is_looked_for(self):
        says = Says({"found": [{"id": 9}]})
        assert send(self.toy(), "entry", ENTRY, {}, says, key="K", again=True).was_there
        assert says.calls[0].method == "GET" and len(says.calls) == 1
        exists = Says(Heard(status=409, body={}), {"found": [{"id": 9}]})
        assert send(self.toy(), "entry", ENTRY, {}, exists, key="K").id == "9"

    def test_an_answer_without_a_number_is_no_success(self):
        with pytest.raises(ContentError, match="called now"):
            send(self.toy(), "entry", ENTRY, {}, Says({}), key="K")


class TestDocuments:
    def test_a_document_that_does_not_add_up_is_none(self):
        with pytest.raises(CanonicalError, match="differ"):
            parse_document({**ENTRY, "lines": [{"account": "1", "debit": "1"}, {"account": "2", "credit": "2"}]})
        with pytest.raises(CanonicalError, match="float|text"):
            parse_document({**ENTRY, "lines": [{"account": "1", "debit": 1.5}, {"account": "2", "credit": 1.5}]})
        assert parse_document(ENTRY).to_dict()["lines"][0]["debit"] == "10.5"

    def test_examples_are_tests(self):
        example = {"name": "a payment", "feed": "bills", "answer": {"rows": [row(1, 1)]}}
        wanted = {"object": "payment", "external_id": "1", "date": "2026-01-31", "amount": "1", "currency": "EUR",
                  "of": "I1", "of_kind": "customer_invoice"}  # fmt: skip
        [good] = examples.run(described(examples=[{**example, "gives": [wanted]}]))
        [bad] = examples.run(described(examples=[{**example, "gives": [{**wanted, "amount": "2"}]}]))
        assert (good.problem, bad.problem) == ("", '[0].amount is "1", expected "2"')
