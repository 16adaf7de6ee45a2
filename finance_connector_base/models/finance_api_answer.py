import hashlib

from odoo import api, fields, models
from odoo.exceptions import AccessError, MissingError

from ..api.made import Made, of_problem
from ..api.problem import Problem

#: days for which an answer can be had again; what was made is known for ever by the reference the sender gave it
KEPT_DAYS = 7
#: answers that are forgotten in one statement
PART = 10_000


class FinanceApiAnswer(models.Model):
    """The answer to a request that had an effect, for whoever repeats it (RELIABILITY decision 13).

    Effect and answer commit together. A repetition while the first is under way is told so; one after it is given the
    same answer; one in the same instant makes the database refuse the second, and Odoo runs it again.
    """

    _name = "finance.api.answer"
    _description = "Answer of the Interface"
    _log_access = False
    _allow_sudo_commands = False

    client_id = fields.Many2one("finance.api.client", required=True, readonly=True, ondelete="cascade")
    key_digest = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS)
    fingerprint = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS, help="Of what was asked.")
    status = fields.Integer(readonly=True, aggregator=None)
    media_type = fields.Char(readonly=True)
    location = fields.Char(readonly=True)
    content = fields.Text(readonly=True, groups=fields.NO_ACCESS)
    expires_at = fields.Datetime(readonly=True, index=True)

    _once = models.UniqueIndex("(client_id, key_digest)", "There is an answer to this request already.")

    @api.model
    def _once_only(self, client, key, fingerprint, work, instance):
        """Work a request, or give the answer that it was given before.

        What the work refuses is an answer, too, and nothing of it stays. What fails by our fault is no answer: the
        request can be made again.

        :param key: name that the client gave the request
        :param fingerprint: of what it asks
        :param work: called without arguments, gives a :class:`~..api.made.Made`
        :param instance: number of the request in the log
        :raise Problem: ``idempotency_running``, ``idempotency_reused``, or a problem of ours
        """
        digest = hashlib.sha256(key.encode()).hexdigest()
        lock = int.from_bytes(hashlib.sha256(f"{client.id}/{digest}".encode()).digest()[:8], "big", signed=True)
        self.env.cr.execute("SELECT pg_try_advisory_xact_lock(%s)", (lock,))
        if not self.env.cr.fetchone()[0]:
            raise Problem("idempotency_running", headers={"Retry-After": "1"})
        before = self._begun(client, digest, fingerprint)
        if before:
            return before
        try:
            with self.env.cr.savepoint():
                made = work()
                self.env.flush_all()
        except (Problem, MissingError, AccessError) as error:
            problem = as_problem(error)
            if problem.status >= 500 or problem.code == "too_many":
                raise problem from error
            made = of_problem(problem, instance)
        self.env.cr.execute(
            "UPDATE finance_api_answer SET status = %s, media_type = %s, location = %s, content = %s"
            " WHERE client_id = %s AND key_digest = %s",
            (made.status, made.media_type, made.location, made.content.decode(), client.id, digest),
            log_exceptions=False,
        )
        return made

    @api.model
    def _begun(self, client, digest, fingerprint):
        """Note that a request is under way.

        :return: the answer it was given before, or None
        """
        named = (client.id, digest)
        self.env.cr.execute(
            "DELETE FROM finance_api_answer WHERE client_id = %s AND key_digest = %s"
            " AND expires_at <= now() AT TIME ZONE 'UTC'",
            named,
        )
        # one that another transaction has inserted since our snapshot makes this fail with 40001: Odoo runs us again
        self.env.cr.execute(
            "INSERT INTO finance_api_answer (client_id, key_digest, fingerprint, expires_at)"
            " VALUES (%s, %s, %s, now() AT TIME ZONE 'UTC' + %s * interval '1 day')"
            " ON CONFLICT (client_id, key_digest) DO NOTHING RETURNING id",
            (*named, fingerprint, KEPT_DAYS),
            log_exceptions=False,
        )
        if self.env.cr.fetchone():
            return None
        self.env.cr.execute(
            "SELECT fingerprint, status, media_type, location, content FROM finance_api_answer"
            " WHERE client_id = %s AND key_digest = %s",
            named,
        )
        asked, status, media_type, location, content = self.env.cr.fetchone()
        # public: a fingerprint of what this client itself has sent
        if asked != fingerprint:
            raise Problem("idempotency_reused", "Give each request a key of its own, and repeat it unchanged.")
        return Made(status=status, content=content.encode(), media_type=media_type, location=location, is_replayed=True)

    @api.autovacuum
    def _gc_answers(self):
        """Forget answers nobody asks for any more, a part at a time."""
        self.env.cr.execute(
            "DELETE FROM finance_api_answer WHERE id IN (SELECT id FROM finance_api_answer"
            " WHERE expires_at <= now() AT TIME ZONE 'UTC' ORDER BY expires_at LIMIT %s)",
            (PART,),
        )
        return self.env.cr.rowcount, self.env.cr.rowcount == PART


def as_problem(error):
    """:return: what a program is told about something that Odoo refuses; the names of models are nobody's business"""
    if isinstance(error, MissingError):
        return Problem("not_found")
    if isinstance(error, AccessError):
        return Problem("not_allowed", "The user of this program has no right to this in Odoo.")
    return error
