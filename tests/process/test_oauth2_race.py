"""Several processes renew one and the same one-time refresh token; some die at the worst moment (B-40; fault 46)."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.process import StandIn

if TYPE_CHECKING:
    from tests.process.queue_workers import Workers

KEY = base64.b64encode(b"master key of the race, 32 bytes").decode()

BEGIN = f"""
import os
os.environ["FINANCE_MASTER_KEY"] = {KEY!r}
"""
SETUP = (
    BEGIN
    + """
from odoo.addons.finance_connector_base.transports.oauth2 import Tokens
base = "http://localhost:{port}"
connection = env["finance.connection"].create(dict(
    name="Race", adapter="finance.adapter.test.http", environment="test", check_ok=True, state="active",
    http_base_url=base, http_networks="127.0.0.0/8, ::1", http_allow_plain=True, http_auth="authorization_code",
    oauth_address=base + "/token", oauth_page=base + "/authorize", oauth_client="odoo"))
connection._allow_hosts()
env["finance.secret"]._put(connection, "client_secret", "sandbox-secret")
env["finance.oauth2.request"]._kept(
    connection, env.user, Tokens(access={access!r}, refresh={refresh!r}, lifetime=3600))
env.flush_all()
env.cr.execute("UPDATE finance_oauth2_token SET expires_at = expires_at - interval '2 hours'")
"""
)
#: what an adapter does; the process says what came of it
CALL = (
    BEGIN
    + """
import time
from odoo.addons.finance_connector_base.engine.errors import FinanceError
connection = env["finance.connection"].search([("name", "=", "Race")])
# the snapshot is taken before the others commit
env.cr.execute("SELECT 1")
time.sleep(max(0, {start} - time.time()))
try:
    with connection._http() as client:
        print("good", client.get("items").status)
except FinanceError as error:
    print("no", error.reason)
"""
)
#: dies when the other side has answered and nothing is written yet
DIE = """
import os
dispatcher = type(env["finance.dispatcher"])
def at(self, point):
    if point == "token_answered":
        os._exit(9)
dispatcher._at = at
"""


@pytest.fixture
def system() -> Iterator[StandIn]:
    with StandIn("sandbox.http") as system:
        system.control("PUT", "/system", {"needs_token": True})
        yield system


@pytest.fixture
def race(workers: Workers, system: StandIn) -> Workers:
    told = system.control("POST", "/grant")
    workers.farm.script(
        SETUP.format(port=system.ready["ports"]["plain"], access=told["access_token"], refresh=told["refresh_token"])
    )
    return workers


def call(workers: Workers, count: int = 1) -> list[str]:
    """What came of so many processes that call at the same moment."""
    text = CALL.format(start=time.time() + (1.0 if count > 1 else 0.0))
    processes = [workers.farm.start_script(text) for _number in range(count)]
    for process, output in processes:
        process.wait(90)
        assert output.exists(), workers.farm.log.read_text()[-3000:]
    return [output.read_text().strip() for _process, output in processes]


def die(workers: Workers) -> None:
    process, output = workers.farm.start_script(DIE + CALL.format(start=0))
    process.wait(90)
    assert not output.exists(), "it went on after it should have died"


def let_time_pass(workers: Workers) -> None:
    workers.database.query(
        "UPDATE finance_oauth2_token SET expires_at = expires_at - interval '2 hours', retry_at = NULL"
    )


def told(system: StandIn) -> dict[str, Any]:
    state: dict[str, Any] = system.control("GET")
    return state


@pytest.mark.parametrize("slow", [False, True], ids=["quick", "slow"])
def test_b40_fault_46_many_need_the_token_at_once_and_one_renews_it(race: Workers, system: StandIn, slow: bool) -> None:
    if slow:
        system.control("PUT", "/chaos", [{"mode": "slow", "path": "/token", "seconds": 2.0}])
    for round_number in (1, 2):
        assert call(race, 4) == ["good 200"] * 4
        state = told(system)
        assert state["token_calls"] == ["refresh_token"] * round_number
        assert (state["reused"], state["good_families"]) == (0, 1)
        let_time_pass(race)


def test_fault_46_killed_after_the_answer_a_person_is_asked(race: Workers, system: StandIn) -> None:
    die(race)
    assert told(system)["token_answers"] == ["granted"]
    # the note of the call is there, its outcome is not
    assert race.database.query("SELECT unclear_calls, number, state FROM finance_oauth2_token") == [(1, 1, "active")]
    assert set(call(race, 3)) == {"no oauth_answer_lost"}
    assert call(race, 2) == ["no oauth_answer_lost"] * 2
    state = told(system)
    assert state["token_calls"] == ["refresh_token"] * 2, "once more, by one of them, and never again"
    assert race.database.query("SELECT state, reason FROM finance_oauth2_token") == [
        ("reauthorise", "oauth_answer_lost")
    ]
    assert race.database.query("SELECT auth_needed, auth_reason FROM finance_connection") == [
        (True, "oauth_answer_lost")
    ]
    assert race.database.value("SELECT count(*) FROM mail_activity WHERE res_model = 'finance.connection'") == 1


def test_fault_46_killed_after_the_answer_it_heals_where_the_other_side_allows(race: Workers, system: StandIn) -> None:
    system.control("PUT", "/system", {"grace_seconds": 600})
    die(race)
    assert call(race, 3) == ["good 200"] * 3
    assert told(system)["token_calls"] == ["refresh_token"] * 2
    let_time_pass(race)
    assert call(race) == ["good 200"]
    assert race.database.query("SELECT unclear_calls, state FROM finance_oauth2_token") == [(0, "active")]


def test_fault_46_killed_again_and_again_nobody_is_locked_out(race: Workers, system: StandIn) -> None:
    system.control("PUT", "/system", {"grace_seconds": 600})
    die(race)
    die(race)
    assert call(race, 3) == ["no oauth_answer_lost"] * 3
    assert told(system)["token_calls"] == ["refresh_token"] * 2


def test_a_renewal_does_not_wait_for_what_its_caller_has_locked(race: Workers, system: StandIn) -> None:
    """The caller's own transaction holds the connection: to stop it is left to the dispatcher then."""
    system.control("POST", "/revoke")
    holding = 'env.cr.execute("UPDATE finance_connection SET color = 3")\n'
    process, output = race.farm.start_script(CALL.format(start=0).replace("time.sleep(", holding + "time.sleep("))
    process.wait(60)
    assert output.exists(), race.farm.log.read_text()[-3000:]
    assert output.read_text().strip() == "no oauth_reauthorise"
