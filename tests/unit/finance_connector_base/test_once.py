"""What messages that share a transaction ask once."""

import pytest

from odoo.addons.finance_connector_base.engine.once import know, once, remembering


def test_outside_of_a_batch_nothing_is_remembered() -> None:
    asked: list[int] = []
    for _time in range(2):
        once("a", lambda: asked.append(1))
    know({"a": 5})
    assert once("a", lambda: 6) == 6
    assert len(asked) == 2


def test_in_a_batch_each_question_is_asked_once_and_forgotten_with_it() -> None:
    answers = iter(range(9))
    with remembering():
        assert [once("a", lambda: next(answers)) for _time in range(3)] == [0, 0, 0]
        assert once(("a", 1), lambda: next(answers)) == 1
        know({"b": 7})
        assert once("b", lambda: next(answers)) == 7
    with remembering():
        assert once("a", lambda: next(answers)) == 2
    with pytest.raises(ZeroDivisionError), remembering():
        once("a", lambda: 1 // 0)
    assert once("b", lambda: next(answers)) == 3
