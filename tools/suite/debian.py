"""Debian packages as files: downloaded with a private apt state, unpacked, never installed.

No host name appears here: the mirror is the one apt on this machine is set up with. Neither
root nor any change to the system is needed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from . import paths
from .console import SuiteError, run

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
DEBS = paths.CACHE / "debs"

# Check-Valid-Until is off because mirrors may lag behind the (short) validity of the unstable
# suite's index. Signatures are still verified against Debian's archive keys.
APT_CONF = """\
Dir::State "{home}/state";
Dir::State::status "/var/lib/dpkg/status";
Dir::Cache "{home}/cache";
Dir::Etc "{home}/etc";
Dir::Etc::sourcelist "{home}/etc/sources.list";
Dir::Etc::sourceparts "-";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Acquire::Retries "3";
APT::Sandbox::User "{user}";
"""


def fetch(wanted: Mapping[str, str], *, advice: str) -> list[Path]:
    """Return one .deb for each package of `wanted` (name -> suite), from the cache where it is there."""
    missing = [name for name in wanted if not _cached(name)]
    if missing:
        if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
            raise SuiteError(f"This machine has no apt-get, so {', '.join(missing)} cannot be fetched.\n{advice}")
        _download({name: wanted[name] for name in missing}, advice)
    return [path for name in wanted if (path := _cached(name))]


def unpack(debs: list[Path], target: Path) -> None:
    """Unpack into `target`, all or nothing."""
    building = target.with_name(target.name + ".unpacking")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    for deb in debs:
        run(["dpkg-deb", "-x", deb, building], log="unpack", failure=f"{deb.name} cannot be unpacked.")
    shutil.rmtree(target, ignore_errors=True)
    building.rename(target)


def _cached(name: str) -> Path | None:
    return max(DEBS.glob(f"{name}_*.deb"), key=lambda path: path.stat().st_mtime, default=None)


def _download(wanted: Mapping[str, str], advice: str) -> None:
    DEBS.mkdir(parents=True, exist_ok=True)
    config = _private_apt(sorted(set(wanted.values())))
    env = {**os.environ, "APT_CONFIG": str(config), "LC_ALL": "C"}
    failure = f"Debian packages could not be fetched: {', '.join(wanted)}.\n{advice}"
    run(["apt-get", "update"], log="apt-update", failure=failure, env=env)
    # apt verifies a file only after writing it under its final name: let it do that elsewhere.
    with tempfile.TemporaryDirectory(dir=paths.RUN) as folder:
        packages = [f"{name}/{suite}" for name, suite in wanted.items()]
        run(["apt-get", "download", *packages], log="apt-download", failure=failure, env=env, cwd=Path(folder))
        for deb in Path(folder).glob("*.deb"):
            shutil.move(deb, DEBS / deb.name)


def _private_apt(suites: list[str]) -> Path:
    home = paths.RUN / "apt"
    for folder in ("state/lists/partial", "cache/archives/partial", "etc/apt.conf.d", "etc/preferences.d"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    # The download user of apt cannot reach a checkout below a private home.
    user = "root" if os.geteuid() == 0 else ""
    (home / "apt.conf").write_text(APT_CONF.format(home=home, user=user))
    if not KEYRING.exists():
        raise SuiteError(f"{KEYRING} is missing: install the package debian-archive-keyring, or set FIN_ODOO.")
    mirror = _mirror(home)
    (home / "etc/sources.list").write_text(
        "".join(f"deb [signed-by={KEYRING}] {mirror} {suite} main\n" for suite in suites)
    )
    return home / "apt.conf"


def _mirror(home: Path) -> str:
    """The URI of Debian's main archive in the system's own apt sources."""
    found = _main_archive([])
    if not found:
        # apt names only sources whose index it has; a fresh machine has none yet. Fetch it into a private state.
        private = ["-o", f"Dir::State={home}/system", "-o", "Dir::State::status=/var/lib/dpkg/status"]
        (home / "system/lists/partial").mkdir(parents=True, exist_ok=True)
        run(
            ["apt-get", *private, "-o", "Acquire::Languages=none", "update"],
            log="apt-update-system",
            failure="apt-get update fails with this machine's own sources: repair them, or set FIN_ODOO.",
        )
        found = _main_archive(private)
    if not found:
        raise SuiteError(
            "None of this machine's apt sources is Debian's main archive: set FIN_ODOO to an Odoo 19 instead."
        )
    return found


def _main_archive(options: list[str]) -> str | None:
    form = "$(REPO_URI)|$(ORIGIN)|$(LABEL)|$(COMPONENT)"
    command = ["apt-get", *options, "indextargets", "--format", form, "Identifier: Packages"]
    output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    for line in output.splitlines():
        uri, origin, label, component = line.split("|")
        if (origin, label, component) == ("Debian", "Debian", "main"):
            return uri
    return None
