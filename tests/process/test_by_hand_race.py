"""A person takes a message to deliver it by hand while workers send (B-49; faults 13 and 39): one of them has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.process.queue_workers import assert_accounted

if TYPE_CHECKING:
    from tests.process.queue_workers import Workers

#: as a user's request would be, each is run again on a conflict, and a refusal ends it
TAKE = """
import random
from odoo.exceptions import UserError
from odoo.service.model import retrying
ids = env["finance.message"].search([], order="id desc").ids
random.shuffle(ids)
taken = 0
for message_id in ids:
    message = env["finance.message"].browse(message_id)
    try:
        retrying(lambda: message._take_by_hand("down"), env)
        env.cr.commit()
        retrying(lambda: message._delivered_by_hand("portal"), env)
        env.cr.commit()
        second = message.with_user(env.ref("base.user_admin")).sudo()
        retrying(lambda: second._confirm_by_hand("seen"), env)
        env.cr.commit()
        taken += 1
    except UserError:
        env.cr.rollback()
        env.invalidate_all()
print(taken)
"""
COUNT = 150


def test_b49_sent_by_a_worker_or_delivered_by_hand_never_both(workers: Workers) -> None:
    workers.fill(COUNT, do="sleep", seconds=0.02, keyed=False, at_most_once=True)
    workers.database.query("UPDATE finance_flow SET direction = 'out'")
    # first: three workers may be done before a process that starts later takes anything
    person, told = workers.farm.start_script(TAKE)
    workers.start(3)
    person.wait(180)
    taken = int(told.read_text())
    workers.work_until_done()
    assert workers.states() == {"done": COUNT}
    both = workers.database.query(
        "SELECT m.id FROM finance_message m JOIN test_finance_effect e ON e.message_id = m.id WHERE m.by_hand"
    )
    assert both == []
    neither = workers.database.query(
        "SELECT m.id FROM finance_message m WHERE m.by_hand IS NOT TRUE"
        " AND NOT EXISTS (SELECT 1 FROM test_finance_effect e WHERE e.message_id = m.id)"
    )
    assert neither == []
    assert workers.database.value("SELECT count(*) FROM finance_message WHERE by_hand") == taken > 0
    assert_accounted(workers.database)
