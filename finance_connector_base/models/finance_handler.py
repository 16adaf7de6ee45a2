import json

from odoo import api, models

from ..const import DECIDED_BY_COMPARING
from ..engine import states
from ..engine.difference import fingerprint
from ..engine.errors import MalformedError
from ..engine.once import remembering
from ..engine.outcome import Done, Outcome

#: causes that are mended on the form of the connection
FIXED_ON_CONNECTION = frozenset(
    {
        "auth_needed",
        "certificate_expired",
        "connection_incomplete",
        "consent_expired",
        "database_copy",
        "environment_changed",
        "folder_denied",
        "folder_missing",
        "folder_not_allowed",
        "host_key_changed",
        "host_key_missing",
        "http_address_refused",
        "http_redirect",
        "http_tls_failed",
        "http_too_slow",
        "login_refused",
        "secret_broken",
        "secret_missing",
        "vault_refused",
    }
)


class FinanceHandler(models.AbstractModel):
    """Works the messages of a flow. Its technical name is the value stored on the flow.

    A module adds one with two declarations in one file: the AbstractModel itself and a
    ``selection_add`` on ``finance.flow.handler``. The contract test in ``testkit`` walks
    ``registry.descendants`` and compares both.
    """

    _name = "finance.handler"
    _description = "Message Handler"

    #: talks to the outside: ``_call`` and ``_settle`` are used instead of ``_handle``
    _calls_out = False
    #: default of its flows: what needs a person holds up the later messages of its order key
    _held_blocks = True
    #: versions of the canonical data it understands; messages of another one are held
    _schema_versions = frozenset({1})
    #: works files as they come: people can bring them by hand while the channel is down
    _takes_files = False
    #: moves money: delivered by hand it takes two people, also where its flow may send twice
    _carries_money = False
    #: its admission is committed by itself before ``_call``: the intent is on record, whatever becomes of the call
    _admits_first = False
    #: ends the work of messages that share a transaction with one call: ``_begin`` and ``_end`` instead of ``_handle``
    _ends_together = False
    #: is told by ``_follow`` what becomes of its messages otherwise than by an outcome of its own
    _follows = False

    @api.model
    def _handle(self, message):
        """Do the work of one message inside the current transaction.

        No commit, no rollback, no call to the outside after something was written: the
        dispatcher commits the effect and the completion together and may run this again
        when the database reports a conflict.

        :param message: one ``finance.message``, in the environment of its company
        :return: an :data:`~..engine.outcome.Outcome`
        :raise FinanceError: see ``engine/errors.py``
        """
        if not self._ends_together:
            raise NotImplementedError(self._name)
        with remembering():
            first = self._begin(message)
            return first if isinstance(first, Outcome) else self._end([(message, first)])[0]

    @api.model
    def _ahead(self, messages):
        """Read at once what messages that are begun one by one have in common; OVERRIDE where that is faster.

        What is found is kept by ``engine/once.py``. Nothing depends on it: a message that runs alone comes without.

        :param messages: all that share the transaction, in the environment of their company
        """

    @api.model
    def _begin(self, message):
        """Do what a message needs for itself (read it, translate its codes), and write nothing that others wait for.

        :param message: one ``finance.message``, in the environment of its company
        :return: an :data:`~..engine.outcome.Outcome` when that is all, else whatever ``_end`` has to know
        """
        raise NotImplementedError(self._name)

    @api.model
    def _end(self, begun):
        """Do for many messages at once what is faster so; an error makes each of them run alone.

        :param begun: list of (message, what ``_begin`` returned), never empty
        :return: list of outcomes, in the same order
        """
        raise NotImplementedError(self._name)

    @api.model
    def _call(self, message):
        """Talk to the other side, once an attempt and outside of the transaction that keeps the effect.

        Write nothing here. What ``_settle`` writes may be run again on a conflict; what is
        said here is not said again. In a flow that must not send twice every error that is not
        a :class:`~..engine.errors.FinanceError` raised on purpose makes the outcome ``unknown``.

        :param message: one ``finance.message``, in the environment of its company
        :return: what the other side answered; handed to ``_settle``
        :raise FinanceError: :class:`~..engine.errors.TransientError` promises that nothing was sent
        """
        raise NotImplementedError(self._name)

    @api.model
    def _settle(self, message, answer):
        """Keep what the answer means, inside the transaction that also completes the message.

        :param answer: what ``_call`` returned
        :return: an :data:`~..engine.outcome.Outcome`
        """
        raise NotImplementedError(self._name)

    @api.model
    def _admit(self, message):
        """Decide whether a message may be worked at all; called before ``_handle`` and ``_call``.

        EXTENDS by handlers with rules of their own: ask ``super()`` first.

        :return: None, or the outcome that takes the place of the work
        :raise MalformedError: its data is of a version this handler does not know
        """
        if message.schema_version not in self._schema_versions:
            raise MalformedError(
                self.env._(
                    "The data is of version %(given)s, this module reads version %(known)s.",
                    given=message.schema_version,
                    known=", ".join(map(str, sorted(self._schema_versions))),
                ),
                reason="schema_unknown",
            )
        return message._unwanted_kind() or message._overtaken() or message._near_duplicate() or message._withdrawn()

    @api.model
    def _sent_nothing(self, message):
        """Say whether it is certain that a message whose worker was lost has sent nothing.

        Asked of flows that must not send twice, in the transaction that takes the message back. OVERRIDE where the
        intent is kept before the call (``_admits_first``): without an intent nobody has called. Lock what keeps it, so
        that a worker that is only late either has kept its intent, or finds that the message is not its own any more.

        :param message: one ``finance.message``
        :return: True and it is queued again; False and its outcome is unknown
        """
        return False

    @api.model
    def _follow(self, message):
        """Keep what has become of a message that failed, was taken back or whose outcome is unknown.

        Called in the transaction that says so, where ``_follows`` is set; done, ignored and held by an outcome of the
        handler are its own affair.

        :param message: one ``finance.message``, in its new state
        """

    @api.model
    def _plan_fetch(self, message):
        """Take over a fetch run of a flow; OVERRIDE where something else than files is asked for.

        Queue what is to be asked, call nothing.

        :param message: the fetch run
        :return: an :data:`~..engine.outcome.Outcome`, or None: files are looked for
        """
        return None

    # -- by hand, while the channel is down (B-49) -----------------------------------------------

    @api.model
    def _file_business_key(self, flow, name, payload):
        """Give what people call the business transaction of a file; OVERRIDE where the file says it.

        With it the same transaction is recognised when the channel brings other bytes of it later.

        :param name: name of the file
        :param payload: its ``finance.payload``
        :return: text, or None when only its bytes tell
        """
        return None

    @api.model
    def _same_content(self, message, other):
        """Tell whether two messages with one business key say the same; OVERRIDE by who reads files.

        :return bool: False when in doubt: a person compares them
        """
        if message.payload_id or other.payload_id:
            return bool(message.payload_sha256) and message.payload_sha256 == other.payload_sha256
        return bool(message.data) and fingerprint(message.data) == fingerprint(other.data)

    @api.model
    def _outbound_file(self, message):
        """Give what would have been sent as a file that a person can deliver; OVERRIDE where it is no JSON.

        Called for messages without a payload only: bytes that were made already are delivered as they are.

        :return: (name, bytes)
        """
        content = json.dumps(message.data or {}, indent=2, ensure_ascii=False).encode()
        return f"message-{message.id}.json", content

    @api.model
    def _settle_by_hand(self, message, reference):
        """Keep that a person has delivered a message; OVERRIDE to do what a good answer would have done.

        :param reference: what the other side calls it, or None
        :return: :class:`~..engine.outcome.Done`
        """
        record = message._message_document()
        if record is None or not reference:
            return Done(result={"by_hand": True, "reference": reference})
        references = self.env["finance.external.reference"]
        if reference not in references._find(message.connection_id, record._name, [reference]):
            # a later confirmation finds the record by it
            references._link(message.connection_id, record._name, reference, record, message)
        return Done(result={"by_hand": True, "reference": reference}, documents=((record._name, record.id),))

    @api.model
    def _settle_earlier(self, message, same):
        """A question that was answered answers for the earlier ones that were not.

        :param same: domain of what asks the same, within the flow of the message
        """
        failed = self.env["finance.message"].search(
            [
                *same,
                ("flow_id", "=", message.flow_id.id),
                ("state", "in", [states.HELD, states.DEAD]),
                ("id", "<", message.id),
            ]
        )
        if failed:
            failed._set_state(states.IGNORED, note="fetched_later", waiting_key=False)
            failed.exception_ids._close("resumed")

    @api.model
    def _fix_action(self, exception):
        """Give the window action of the button "fix" of an exception, or None.

        Here are the fixes that are the same for every handler; one with fixes of its own asks
        ``super()`` for the causes it does not know.

        :param exception: one ``finance.exception`` of a message of this handler
        """
        if exception.reason_code in ("mapping_missing", "booking_ambiguous"):
            return self.env["finance.mapping"]._action_map(exception.params or {})
        if exception.reason_code in DECIDED_BY_COMPARING:
            return exception.message_id.action_review_duplicate()
        if exception.reason_code in ("by_hand", "by_hand_reported"):
            return exception.message_id.action_deliver_by_hand()
        if exception.reason_code in FIXED_ON_CONNECTION:
            return {
                "type": "ir.actions.act_window",
                "name": exception.connection_id.name,
                "res_model": "finance.connection",
                "view_mode": "form",
                "views": [(False, "form")],
                "res_id": exception.connection_id.id,
            }
        return None
