"""Find an Odoo 19, or unpack Debian's package of it."""

from __future__ import annotations

import importlib.util
import os
import re
from dataclasses import dataclass
from pathlib import Path

from . import debian, paths
from .console import SuiteError
from .stamp import digest, is_done, mark_done

SERIES = "19.0"
UNPACKED = paths.RUN / "odoo"
ADVICE = "Set FIN_ODOO to the folder of an Odoo 19.0 (the one with odoo-bin or odoo/) to use that instead."

# The package's web assets are links into other packages. Unstable lays two of them out differently.
PACKAGES = {
    "odoo-19": "unstable",
    "fonts-font-awesome": "stable",
    "fonts-glyphicons-halflings": "unstable",
    "fonts-inconsolata": "stable",
    "fonts-montserrat": "unstable",
    "fonts-ocr-b": "unstable",
    "fonts-roboto-unhinted": "unstable",
    "libjs-jquery": "unstable",
    "libjs-jquery-form": "unstable",
    "libjs-underscore": "unstable",
}


# A library that Debian strips (background blur in video calls). Its name stays in an asset bundle,
# and a bundle with a missing file logs an error in the browser, which fails every tour.
STRIPPED = ("odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js",)


@dataclass(frozen=True)
class Odoo:
    """An Odoo on disk: `folder` holds the package `odoo`."""

    folder: Path
    origin: str

    @property
    def release(self) -> str:
        return (self.folder / "odoo" / "release.py").read_text()

    @property
    def fingerprint(self) -> str:
        """Changes when another Odoo is used: its templates are then built anew."""
        return digest(str(self.folder), self.release, self.origin)


def locate() -> Odoo | None:
    """The Odoo that is there already, if any."""
    if named := os.environ.get("FIN_ODOO"):
        folder = Path(named).expanduser().resolve()
        for parent in (folder, folder.parent):
            if (parent / "odoo" / "release.py").exists():
                return _checked(Odoo(parent, "FIN_ODOO"))
        raise SuiteError(f"FIN_ODOO is {named}, but there is no odoo/release.py in it.")
    importable = _importable()
    # what we unpacked is on the path of our own children, who shall know it as we do
    if importable and importable.resolve() != _package_folder().resolve():
        odoo = Odoo(importable, "installed")
        if _series(odoo) == SERIES:
            return odoo
    if is_done("odoo", _unpack_key()):
        return Odoo(_package_folder(), _package_key())
    return None


def ensure() -> Odoo:
    if found := locate():
        return found
    debs = debian.fetch(PACKAGES, advice=ADVICE)
    debian.unpack(debs, UNPACKED)
    check_links(UNPACKED)
    for name in STRIPPED:
        stand_in = _package_folder() / name
        stand_in.parent.mkdir(parents=True, exist_ok=True)
        stand_in.touch()
    mark_done("odoo", _unpack_key())
    return _checked(Odoo(_package_folder(), _package_key()))


def check_links(folder: Path) -> None:
    """A link of a package is good when it leads to a file that was unpacked too."""
    for path in _links(folder):
        target = os.readlink(path)
        if target.startswith("/"):
            inside = folder / target.lstrip("/")
            path.unlink()
            path.symlink_to(os.path.relpath(inside, path.parent))
    broken = [f"{path.relative_to(folder)} -> {os.readlink(path)}" for path in _links(folder) if not path.exists()]
    if broken:
        raise SuiteError(
            "Debian moved files that Odoo's package links to. Broken links:\n    "
            + "\n    ".join(broken)
            + f"\nFind the package that holds them now (tools/suite/odoo_source.py, PACKAGES).\n{ADVICE}"
        )


def _links(folder: Path) -> list[Path]:
    return [
        Path(parent) / name
        for parent, folders, files in os.walk(folder)
        for name in (*folders, *files)
        if os.path.islink(os.path.join(parent, name))
    ]


def _package_folder() -> Path:
    return UNPACKED / "usr" / "lib" / "python3" / "dist-packages"


def _package_key() -> str:
    return digest(*(f"{name}/{suite}" for name, suite in PACKAGES.items()))


def _unpack_key() -> str:
    return digest(_package_key(), *STRIPPED)


def _importable() -> Path | None:
    try:
        spec = importlib.util.find_spec("odoo")
    except ValueError:  # the stand-in of the pure tests
        return None
    for location in (spec and spec.submodule_search_locations) or ():
        if (Path(location) / "release.py").exists():
            return Path(location).parent
    return None


def _series(odoo: Odoo) -> str:
    match = re.search(r"^version_info = \((\d+), (\d+)", odoo.release, re.MULTILINE)
    return ".".join(match.groups()) if match else "unknown"


def _checked(odoo: Odoo) -> Odoo:
    if (series := _series(odoo)) != SERIES:
        raise SuiteError(f"The Odoo in {odoo.folder} is {series}; the suite needs {SERIES}.\n{ADVICE}")
    return odoo
