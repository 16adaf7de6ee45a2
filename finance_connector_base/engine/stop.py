"""The condition under which an emergency stop covers a flow."""

from __future__ import annotations

#: asked once a claim, so that without a stop nothing has to be asked for each flow
ANY = "SELECT 1 FROM finance_stop WHERE released_at IS NULL"

#: the columns of a stop that are empty cover all
COVERING = """
    SELECT 1 FROM finance_stop s
     WHERE s.released_at IS NULL
       AND (s.flow_id IS NULL OR s.flow_id = {flow})
       AND (s.connection_id IS NULL OR s.connection_id = {connection})
       AND (s.company_id IS NULL OR s.company_id = {company})
"""
