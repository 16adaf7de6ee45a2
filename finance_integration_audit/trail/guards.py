"""What guards the tables of the trail in the database: triggers that refuse changes, and nothing that swallows rows.

The catalog is read by :data:`QUERY`; what it must say is decided here. A trigger counts by its whole definition and
the text of its function: one with another condition, other columns or an empty function guards nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

#: tables that only grow
TABLES = ("finance_audit_entry", "finance_audit_seal", "finance_audit_checkpoint", "finance_audit_receipt")
#: name -> what it is, with the table left open
TRIGGERS = {
    "finance_append_only_all": "CREATE TRIGGER finance_append_only_all BEFORE TRUNCATE ON {}"
    " FOR EACH STATEMENT EXECUTE FUNCTION finance_append_only()",
    "finance_append_only_rows": "CREATE TRIGGER finance_append_only_rows BEFORE DELETE OR UPDATE ON {}"
    " FOR EACH ROW EXECUTE FUNCTION finance_append_only()",
}
#: one row for each thing that decides what becomes of rows; the parameter is the list of tables
QUERY = """
WITH kept AS (SELECT name, to_regclass(name) AS id FROM unnest(%s) AS name)
SELECT 'trigger', k.name, t.tgname::text, t.tgenabled::text, pg_get_triggerdef(t.oid, true),
       l.lanname || ' ' || p.prosrc
  FROM kept k JOIN pg_trigger t ON t.tgrelid = k.id AND NOT t.tgisinternal
  JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_language l ON l.oid = p.prolang
UNION ALL
SELECT 'rule', k.name, r.rulename::text, r.ev_enabled::text, pg_get_ruledef(r.oid, true), ''
  FROM kept k JOIN pg_rewrite r ON r.ev_class = k.id
UNION ALL
SELECT 'security', k.name, 'row level security', 'O', '', ''
  FROM kept k JOIN pg_class c ON c.oid = k.id AND c.relrowsecurity
UNION ALL
SELECT 'setting', CASE s.setrole WHEN 0 THEN '' ELSE s.setrole::regrole::text END, one, 'O', '', ''
  FROM pg_db_role_setting s CROSS JOIN unnest(s.setconfig) AS one
 WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
   AND one LIKE 'session_replication_role=%%' AND one <> 'session_replication_role=origin'
"""


class Guard(NamedTuple):
    """One line of the catalog."""

    kind: str
    table: str
    name: str
    enabled: str
    definition: str
    #: SHA-256 of language and text of the function
    source: str


def guard(kind: str, table: str, name: str, enabled: str, definition: str, source: str) -> Guard:
    """:return: a row of :data:`QUERY` as it is judged and exported"""
    return Guard(kind, table, name, enabled, definition, source_digest(source) if kind == "trigger" else "")


def source_digest(source: str) -> str:
    """:return: SHA-256 of language and text of a function; space around it says nothing"""
    language, _, text = source.partition(" ")
    return hashlib.sha256(f"{language} {text.strip()}".encode()).hexdigest()


def wrong(guards: Iterable[Guard], source: str) -> list[str]:
    """:return: what does not guard, or should not be there

    :param source: digest of the function that refuses
    """
    there, told = set(), []
    for one in guards:
        if one.kind == "setting":
            told.append(f"{one.name} is set for {one.table or 'everybody'}: triggers do not fire")
        elif one.kind != "trigger" or one.name not in TRIGGERS:
            told.append(f"{one.table}: {one.name} was added, it can swallow or change rows")
        elif (
            one.enabled in ("O", "A")
            and one.definition == TRIGGERS[one.name].format(one.table)
            and one.source == source  # public: digest of a function that everybody may read
        ):
            there.add((one.table, one.name))
    for table in TABLES:
        if missing := [name for name in TRIGGERS if (table, name) not in there]:
            told.append(f"{table}: {', '.join(missing)} is missing, disabled or changed")
    return sorted(told)
