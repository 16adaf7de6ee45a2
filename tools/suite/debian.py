"""Debian packages as files: downloaded with a private apt state, unpacked, never installed.

No host name appears here: the mirror is the one apt on this machine is set up with. Neither
root nor any change to the system is needed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from . import paths
from .console import SuiteError, run

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
DEBS = paths.CACHE / "debs"


def fetch(wanted: Mapping[str, str], *, advice: str) -> list[Path]:
    """Return one .deb for each package of `wanted` (name -> suite), from the cache where it is there."""
    missing = [name for name in wanted if not _cached(name)]
    if missing:
        if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
            raise SuiteError(f"This machine has no apt-get, so {', '.join(missing)} cannot be fetched.\n{advice}")
        _download({name: wanted[name] for name in missing}, advice)
    return [path for name in wanted if (path := _cached(name))]


def fetch_for_this_machine(package: str, folder: Path, *, advice: str) -> list[Path]:
    """A program that runs here: the package and those of its dependencies that are not installed.

    They come from the machine's own suites, because they use the libraries that are installed.
    """
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise SuiteError(f"This machine has no apt-get, so {package} cannot be fetched.\n{advice}")
    failure = f"The Debian package {package} could not be fetched.\n{advice}"
    env = {**os.environ, "APT_CONFIG": str(_system_apt()), "LC_ALL": "C"}
    run(["apt-get", "update"], log="apt-update-system", failure=failure, env=env)
    plan = ["apt-get", "install", "--simulate", "--no-install-recommends", package]
    output = subprocess.run(plan, env=env, capture_output=True, text=True, check=False)
    # Inst chromium (1.2-3 Debian:12/stable [amd64])
    missing = re.findall(r"^Inst (\S+) (?:\[\S+\] )?\((\S+)", output.stdout, re.MULTILINE)
    if output.returncode or not missing:
        raise SuiteError(f"{failure}\n{output.stderr.strip()}")
    # apt writes the colon of an epoch so in file names.
    patterns = {f"{name}={version}": f"{name}_{version.replace(':', '%3a')}_*.deb" for name, version in missing}
    wanted = [package for package, pattern in patterns.items() if not any(folder.glob(pattern))]
    if wanted:
        _into(folder, wanted, env, failure)
    return [path for pattern in patterns.values() for path in folder.glob(pattern)]


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
    config = _private_apt(sorted(set(wanted.values())))
    env = {**os.environ, "APT_CONFIG": str(config), "LC_ALL": "C"}
    failure = f"Debian packages could not be fetched: {', '.join(wanted)}.\n{advice}"
    run(["apt-get", "update"], log="apt-update", failure=failure, env=env)
    _into(DEBS, [f"{name}/{suite}" for name, suite in wanted.items()], env, failure)


def _into(folder: Path, packages: list[str], env: Mapping[str, str], failure: str) -> None:
    """Download; apt verifies a file only after writing it under its final name: let it do that elsewhere."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=paths.RUN) as building:
        run(["apt-get", "download", *packages], log="apt-download", failure=failure, env=env, cwd=Path(building))
        for deb in Path(building).glob("*.deb"):
            shutil.move(deb, folder / deb.name)


def _private_apt(suites: list[str]) -> Path:
    """apt's settings for Debian's own archive, whatever suites this machine uses."""
    if not KEYRING.exists():
        raise SuiteError(f"{KEYRING} is missing: install the package debian-archive-keyring, or set FIN_ODOO.")
    home = _apt_home("odoo")
    mirror = _mirror()
    etc = home / "etc"
    for folder in ("apt.conf.d", "preferences.d"):
        (etc / folder).mkdir(parents=True, exist_ok=True)
    (etc / "sources.list").write_text("".join(f"deb [signed-by={KEYRING}] {mirror} {suite} main\n" for suite in suites))
    more: dict[str, str | Path] = {
        "Dir::Etc": etc,
        "Dir::Etc::sourcelist": etc / "sources.list",
        "Dir::Etc::sourceparts": "-",
        # Mirrors may lag behind the (short) validity of the unstable suite's index. Signatures
        # are still verified against Debian's archive keys.
        "Acquire::Check-Valid-Until": "false",
    }
    return _write_apt_conf(home, more)


def _system_apt() -> Path:
    """apt's settings for the machine's own sources, with a state that needs no root."""
    return _write_apt_conf(_apt_home("system"), {})


def _apt_home(name: str) -> Path:
    home = paths.RUN / "apt" / name
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    return home


def _write_apt_conf(home: Path, more: Mapping[str, str | Path]) -> Path:
    options = {
        "Dir::State": home / "state",
        "Dir::State::status": "/var/lib/dpkg/status",
        "Dir::Cache": home / "cache",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        # The download user of apt cannot reach a checkout below a private home.
        "APT::Sandbox::User": "root" if os.geteuid() == 0 else "",
        "Debug::NoLocking": "true",
        **more,
    }
    conf = home / "apt.conf"
    conf.write_text("".join(f'{key} "{value}";\n' for key, value in options.items()))
    return conf


def _mirror() -> str:
    """The URI of Debian's main archive in the system's own apt sources."""
    found = _main_archive(dict(os.environ))
    if not found:
        # apt names only sources whose index it has; a fresh machine has none yet. Fetch it into a private state.
        env = {**os.environ, "APT_CONFIG": str(_system_apt()), "LC_ALL": "C"}
        run(
            ["apt-get", "update"],
            log="apt-update-system",
            failure="apt-get update fails with this machine's own sources: repair them, or set FIN_ODOO.",
            env=env,
        )
        found = _main_archive(env)
    if not found:
        raise SuiteError(
            "None of this machine's apt sources is Debian's main archive: set FIN_ODOO to an Odoo 19 instead."
        )
    return found


def _main_archive(env: Mapping[str, str]) -> str | None:
    form = "$(REPO_URI)|$(ORIGIN)|$(LABEL)|$(COMPONENT)"
    command = ["apt-get", "indextargets", "--format", form, "Identifier: Packages"]
    output = subprocess.run(command, env=dict(env), capture_output=True, text=True, check=False).stdout
    for line in output.splitlines():
        uri, origin, label, component = line.split("|")
        if (origin, label, component) == ("Debian", "Debian", "main"):
            return uri
    return None
