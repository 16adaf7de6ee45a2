"""Readers of events miss none and see no later one first, whatever commits when (S-26, B-19; decision 13)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Database

SCRIPT = """
import json, random, threading, time
import psycopg2
from odoo import SUPERUSER_ID, api
events = type(env["finance.event"])
events._listeners = lambda self: {1: frozenset("*")}
company = env.company.id
env.cr.commit()
WRITERS, ROUNDS = 4, 40
kept, faults, done = set(), [], threading.Event()

def emit(env, subject):
    data = {"id": env["finance.event"]._subject_of("subscription", subject), "note": str(subject)}
    env["finance.event"]._emit(
        "finance.subscription.tested", [{"subject": data["id"], "company_id": 1, "data": data}])

def write(number):
    chance = random.Random(number)
    for round_ in range(ROUNDS):
        with env.registry.cursor() as cr:
            own = api.Environment(cr, SUPERUSER_ID, {})
            mine = [number * 1000 + round_ * 10 + n for n in range(chance.randint(1, 3))]
            for one in mine:
                emit(own, one)
                time.sleep(chance.random() * 0.01)
            if chance.random() < 0.25:
                cr.rollback()
            else:
                cr.commit()
                kept.update(str(one) for one in mine)

def place():
    while not done.is_set():
        with env.registry.cursor() as cr:
            try:
                api.Environment(cr, SUPERUSER_ID, {})["finance.event"]._place()
                cr.commit()
            except psycopg2.Error as error:
                cr.rollback()
                if error.pgcode != "40001":
                    faults.append(str(error))

read, position = [], 0
def follow():
    global position
    with env.registry.cursor() as cr:
        found, position = api.Environment(cr, SUPERUSER_ID, {})["finance.event"]._after(position, [1], limit=7)
        read.extend((event.position, event.data["note"]) for event in found)
        return bool(found)

def reader():
    while not done.is_set():
        follow()

# one transaction is open all the time: it holds up nobody, and is seen when it ends
slow = env.registry.cursor()
emit(api.Environment(slow, SUPERUSER_ID, {}), 999999)
threads = [threading.Thread(target=write, args=(number,)) for number in range(1, WRITERS + 1)]
placers = [threading.Thread(target=place) for _ in range(3)]
following = threading.Thread(target=reader)
for thread in [*threads, *placers, following]:
    thread.start()
for thread in threads:
    thread.join()
deadline = time.monotonic() + 60
while len(read) < len(kept) and time.monotonic() < deadline:
    time.sleep(0.05)
early = len(read)
slow.commit()
slow.close()
while len(read) < len(kept) + 1 and time.monotonic() < deadline:
    time.sleep(0.05)
done.set()
for thread in [*placers, following]:
    thread.join()
while follow():
    pass
print("RESULT " + json.dumps({
    "faults": faults, "early": early, "kept": len(kept), "once": len({note for _, note in read}) == len(read),
    "all": {note for _, note in read} == kept | {"999999"},
    "ordered": [p for p, _ in read] == sorted(p for p, _ in read), "last": read[-1][1]}))
"""


def test_s26_a_reader_misses_nothing_whatever_commits_when(database: Database) -> None:
    said = database.shell(SCRIPT)
    result = json.loads(said.split("RESULT ", 1)[1].splitlines()[0])
    assert result["faults"] == []
    assert result["early"] == result["kept"] > 100, "a transaction that stays open holds up nobody else's events"
    assert result["all"] and result["once"] and result["ordered"]
    assert result["last"] == "999999"
