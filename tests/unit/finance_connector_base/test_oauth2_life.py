"""The life of a token as a state machine; the other side takes back whatever it sees twice (B-40; fault 46)."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from odoo.addons.finance_connector_base.transports import oauth2_life as life
from odoo.addons.finance_connector_base.transports.oauth2_life import Life, Step, Verdict

NOW = 1_700_000_000.0


def token(**values: object) -> Life:
    return replace(Life(stamp="1", obtained_at=NOW, expires_at=NOW + 3600), **values)  # type: ignore[arg-type]


def test_it_is_used_then_renewed_early_then_not_sent_any_more() -> None:
    held = token()
    assert life.plan(held, NOW) is Step.USE
    assert life.plan(held, NOW + 3299) is Step.USE
    assert life.plan(held, NOW + 3300) is Step.RENEW and held.is_usable(NOW + 3300)
    assert not held.is_usable(NOW + 3595)
    short = token(expires_at=NOW + 60)
    assert (life.plan(short, NOW + 47), life.plan(short, NOW + 48)) == (Step.USE, Step.RENEW)


def test_without_an_end_it_is_used_until_it_is_refused() -> None:
    held = token(expires_at=None)
    assert life.plan(held, NOW + 10**9) is Step.USE
    assert life.plan(held, NOW, refused="1") is Step.RENEW
    assert life.plan(held, NOW, refused="0") is Step.USE, "an earlier one was refused, this one is newer"


def test_what_cannot_be_renewed_stops_at_its_end() -> None:
    held = token(renewable=False)
    assert life.plan(held, NOW + 3500) is Step.USE
    assert life.plan(held, NOW + 3600) is Step.STOP
    assert life.plan(held, NOW, refused="1") is Step.STOP


def test_a_failure_pauses_longer_each_time_and_a_good_token_is_used_meanwhile() -> None:
    held, pauses = token(), []
    for _round in range(9):
        held = life.failed(life.begun(held), NOW, unclear=False)
        assert held.retry_at is not None and held.unclear == 0
        pauses.append(held.retry_at - NOW)
        assert life.plan(held, NOW + 3400 - 3600) is Step.USE
        assert life.plan(held, NOW + 1, refused="1") is Step.WAIT
        assert life.plan(held, held.retry_at, refused="1") is Step.RENEW
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    asked = life.failed(token(), NOW, unclear=False, wait=900).retry_at
    assert asked == NOW + 900


def test_after_a_crash_it_is_shown_once_more_and_never_again() -> None:
    held = life.begun(token())
    assert life.plan(held, NOW + 3600) is Step.RENEW
    held = life.begun(held)
    assert life.plan(held, NOW + 3600) is Step.STOP
    assert life.plan(held, NOW + 3400) is Step.USE, "what is still good is used to its end"
    assert life.plan(replace(held, once=False), NOW + 3600) is Step.RENEW, "to ask as ourselves uses nothing up"


class Provider(RuleBasedStateMachine):
    """Workers that may lose an answer, and another side with one-time tokens."""

    @initialize(grace=st.booleans())
    def begin(self, grace: bool) -> None:
        self.grace = grace
        self.now = NOW
        self.held = token(expires_at=NOW + 100)
        self.right, self.spent, self.revoked = 1, 0, False
        self.reuses = 0
        self.ours = 1
        self.refusals = 0

    @rule(seconds=st.sampled_from([1.0, 50.0, 200.0, 1000.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @precondition(lambda self: life.plan(self.held, self.now) is Step.RENEW)
    @rule(fate=st.sampled_from(["good", "good", "lost before", "lost after", "crash before", "crash after", "500"]))
    def renew(self, fate: str) -> None:
        self.held = life.begun(self.held)
        reaches = fate in ("good", "lost after", "crash after")
        granted = self.answered() if reaches else False
        if fate.startswith("crash"):
            return
        if fate == "good":
            if granted:
                self.ours = self.right
                self.held = life.granted(stamp=str(self.right), now=self.now, lifetime=100, renewable=True, once=True)
            else:
                self.refusals += 1
                self.held = life.refused(self.held, Verdict.REAUTHORISE)
        else:
            self.held = life.failed(self.held, self.now, unclear=fate != "500")

    def answered(self) -> bool:
        """The other side works the request."""
        if self.revoked:
            self.reuses += 1
            return False
        if self.ours == self.right or (self.grace and self.ours == self.spent):
            self.spent, self.right = self.ours, self.right + 1
            return True
        self.revoked = True
        self.reuses += 1
        return False

    @invariant()
    def nobody_is_locked_out(self) -> None:
        if not hasattr(self, "held"):
            return
        assert self.refusals <= 1, "after a no nothing is tried"
        assert self.reuses <= 1, "a token that may be used up is shown once more, not in a loop"
        assert self.held.unclear <= life.UNCLEAR_CALLS
        if life.plan(self.held, self.now) is Step.USE:
            assert self.held.is_usable(self.now)
        if self.held.verdict is not Verdict.GOOD:
            assert life.plan(self.held, self.now + 10**9) is Step.STOP

    @invariant()
    def there_is_always_a_way_on(self) -> None:
        """Whatever was lost: either it renews itself, or a person is called."""
        if hasattr(self, "held"):
            later = life.plan(self.held, self.now + 10**6)
            assert later in (Step.RENEW, Step.STOP)


TestProvider = Provider.TestCase
TestProvider.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)
