"""What a look at the dashboards costs when there are 1,000,000 messages, and what keeping the figures costs.

Messages, attempts and transitions are made in a few statements. Ours: the data calls of both dashboards, the text for
Prometheus, and a run of the rollup after 10,000 new messages. The floor is what a dashboard without rollups would do
for one single card: count the messages of a month by state and connection (``_read_group``). What dominates: the
rollup's is reading the new rows, a look's is some forty small queries.
"""

from odoo.tools import SQL

CONNECTIONS, FLOWS = 10, 3


def run(context):
    for size in context.sizes(100_000, 1_000_000):
        with context.odoo() as env:
            company = _prepared(env)
            _messages(env, size, company, days=30)
            env.cr.execute(
                "ANALYZE finance_message; ANALYZE finance_message_attempt; ANALYZE finance_message_transition"
            )
            backfill = context.measure(lambda env=env: env["finance.metric.rollup"]._cron_roll_up())
            yield context.row("monitoring: first rollup, one month", size, backfill)
            floor = context.measure(lambda env=env: _naive(env), repeat=3)
            for name, call in (
                ("operations dashboard, 30 days", lambda env=env: _look(env, "get_operations")),
                ("finance dashboard, 30 days", lambda env=env: _look(env, "get_finance")),
                ("text for Prometheus", lambda env=env: env["finance.metric.export"]._text()),
            ):
                ours = context.measure(call, repeat=3)
                yield context.row(
                    f"monitoring: {name}", size, ours, floor="one card by _read_group", floor_measure=floor
                )
            _settle(env)
            _messages(env, 10_000, company, days=0.02)
            rollup = context.measure(lambda env=env: env["finance.metric.rollup"]._cron_roll_up())
            yield context.row("monitoring: rollup of 10,000 new messages", size, rollup)


def _prepared(env):
    company = env.company.id
    user = env.ref("base.user_admin")
    groups = ("finance_connector_base.finance_group_viewer", "account.group_account_readonly")
    user.write({"group_ids": [(4, env.ref(name).id) for name in groups]})
    for number in range(CONNECTIONS):
        connection = env["finance.connection"].create(
            {"name": f"System {number}", "adapter": "finance.adapter.test", "environment": "test", "state": "active"}
        )
        env["finance.flow"].create(
            [
                {"name": f"Flow {flow}", "connection_id": connection.id, "handler": "finance.handler.test"}
                for flow in range(FLOWS)
            ]
        )
    env.flush_all()
    return company


def _messages(env, size, company, *, days):
    """Messages of the last days: of a thousand 990 are done, 5 wait, 5 are held; one in twenty needed a retry."""
    env.cr.execute(
        SQL(
            """
            WITH flow AS (SELECT id, connection_id, row_number() OVER (ORDER BY id) - 1 AS n, count(*) OVER () AS many
                            FROM finance_flow),
            made AS (
                INSERT INTO finance_message (subject, kind, flow_id, connection_id, company_id, state, correlation_id,
                       create_date, write_date, priority, attempt_count, closed_at)
                SELECT 'one', 'exchange', f.id, f.connection_id, %(company)s, s.state, md5(g::text || random()::text),
                       s.at - interval '2 seconds', s.at, 50, 1, CASE s.state WHEN 'done' THEN s.at END
                  FROM generate_series(1, %(size)s) g
                 CROSS JOIN LATERAL (
                       SELECT CASE WHEN g %% 200 = 0 THEN 'queued' WHEN g %% 200 = 1 THEN 'held' ELSE 'done' END,
                              (now() AT TIME ZONE 'UTC') - (1 - g::float8 / %(size)s) * %(days)s * interval '1 day'
                       ) s (state, at)
                  JOIN flow f ON f.n = g %% f.many
                RETURNING id, flow_id, state, write_date),
            attempt AS (
                INSERT INTO finance_message_attempt (message_id, number, started_at, ended_at, duration_ms, outcome,
                       error_class, reason_code)
                SELECT id, n, write_date, write_date, 50 + id %% 3000,
                       CASE WHEN n = 2 THEN 'retry' WHEN state = 'held' THEN 'held' ELSE 'done' END,
                       CASE WHEN n = 2 THEN 'technical' END, CASE WHEN n = 2 THEN 'http_timeout' END
                  FROM made, generate_series(1, CASE WHEN id %% 20 = 0 THEN 2 ELSE 1 END) n WHERE state <> 'queued'
                 ORDER BY write_date)
            INSERT INTO finance_message_transition (message_id, flow_id, before, after, at)
            SELECT id, flow_id, CASE WHEN after = 'queued' THEN NULL ELSE 'processing' END, after, write_date
              FROM made, unnest(ARRAY['queued', NULLIF(state, 'queued')]) after WHERE after IS NOT NULL
             ORDER BY write_date
            """,
            company=company,
            size=size,
            days=days,
        )
    )
    env.invalidate_all()


def _settle(env):
    """As after some minutes of every minute: what is old is settled."""
    marks = env["finance.metric.mark"].search([("source", "!=", False)])
    marks.write({"mark": env.cr.now(), "next_mark": env.cr.now()})


def _look(env, name):
    dashboard = env["finance.metric.dashboard"].with_user(env.ref("base.user_admin"))
    dashboard.env.invalidate_all()
    return getattr(dashboard, name)("month")


def _naive(env):
    messages = env["finance.message"].with_user(env.ref("base.user_admin"))
    return messages._read_group([("create_date", ">=", "-30d")], ["connection_id", "state"], ["__count"])
