"""A real SFTP server in a process of its own, for what is delivered as files."""

import shutil
import tempfile
from pathlib import Path

from sandbox.process import StandIn


class SftpThere:
    """Mixed into a test class: ``cls.start_sftp()`` gives a connection, and ``cls.there`` is the folder behind it."""

    @classmethod
    def start_sftp(cls):
        root = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, root)
        cls.server = StandIn("sandbox.sftp", "--root", str(root), "--user", "group:secret")
        cls.addClassCleanup(cls.server.stop)
        cls.there = root / "group" / "outgoing"
        ready = cls.server.ready
        connection = cls.make_connection(
            "finance.adapter.sftp",
            sftp_host=ready["host"],
            sftp_port=ready["port"],
            sftp_username="group",
            sftp_host_key=ready["fingerprint"],
            sftp_out="outgoing",
        )
        cls.env["finance.secret"]._put(connection, "password", "secret")
        return connection
