from odoo import api, models


class FinanceAdapter(models.AbstractModel):
    """Talks to one kind of outside system. Its technical name is the value of ``connection.adapter``.

    ``_supports`` declares capabilities: ``fetch`` (files or records can be fetched on a
    schedule), ``send_files`` (files can be delivered), ``check`` (the connection can be tested).
    Adapters hold no state; a session or token is an object made per call.
    """

    _name = "finance.adapter"
    _description = "Connection Adapter"

    _supports = frozenset()
    #: calls the other side through ``connection._http()``: its settings are shown on the connection
    _uses_http = False

    @api.model
    def _ways_to_fetch(self):
        """:return: capabilities with which a flow fetches by itself; EXTENDS by modules that ask for more than files"""
        return frozenset({"feed", "fetch"})

    @api.model
    def _capabilities(self):
        """Say what each capability promises; EXTENDS by modules that bring one.

        :return: dict capability -> names of the methods that an adapter with it implements
        """
        return {
            "check": ("_check",),
            "fetch": ("_fetch_files", "_archive_files"),
            "send_files": ("_send_file",),
            "master": ("_send_master", "_master_digests", "_master_objects"),
            "master_changes": ("_master_changes",),
        }

    @api.model
    def _check(self, connection):
        """Test the connection without side effect on the other side.

        :raise FinanceError: saying what is wrong and what to do
        :return: one sentence about what was reached
        """
        raise NotImplementedError(self._name)

    @api.model
    def _reject_files(self, connection, flow, stamps):
        """Move files that are not what they should be out of the way; OVERRIDE where there is a place for them.

        :param stamps: name -> size and time when it was read
        """

    @api.model
    def _fetch_files(self, connection, flow):
        """Yield what waits on the other side, oldest first, without changing it there.

        :return: iterator of :class:`~..transports.files.RemoteFile`
        :raise FinanceError: when the other side cannot be reached or refuses
        """
        raise NotImplementedError(self._name)

    @api.model
    def _send_file(self, connection, flow, name, pieces):
        """Deliver a file: complete under its name or not at all, never over another one.

        Delivered again with the same name and content it changes nothing.

        :param name: file name, unique for what is sent
        :param pieces: its content as an iterable of bytes
        :return: :class:`~..transports.deliver.Delivered`
        :raise TransientError: nothing was delivered
        :raise AmbiguousError: it is not known
        """
        raise NotImplementedError(self._name)
