"""Where a call may go: origins by name, addresses by network. Nothing here opens a connection."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit, urlunsplit

from ..engine.errors import RejectedError, TransientError

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
#: name and port -> addresses as text
Resolver: TypeAlias = Callable[[str, int], Sequence[str]]

_PORTS = {"https": 443, "http": 80}
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
#: networks may be wide, but not so wide that the guard is gone
_WIDEST = {4: 8, 6: 16}
#: never a partner, whatever Python's tables of this version say
_REFUSED = [
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
        "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 "
        "::/128 ::1/128 100::/64 2001::/23 2001:db8::/32 fc00::/7 fe80::/10 fec0::/10 ff00::/8"
    ).split()
]
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A checked URL: where to connect, and what to ask for there."""

    scheme: str
    host: str
    port: int
    #: path and query as sent
    resource: str

    @property
    def origin(self) -> str:
        """``https://api.bank.example``; the port only where it is not the scheme's own."""
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if _PORTS[self.scheme] == self.port else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return self.origin + self.resource


def target(url: str) -> Target:
    """Read a URL without being lenient.

    :raise RejectedError: another scheme than http(s), a user name in it, control characters ...
    """
    if not url.isascii() or re.search(r"[\x00-\x20\x7f\\]", url):
        raise _refused("The address contains characters that do not belong there.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused("The address cannot be read.") from error
    scheme = parts.scheme.lower()
    if scheme not in _PORTS:
        raise _refused("Only https addresses are called.")
    if "@" in parts.netloc:
        raise _refused("The address contains a user name. Credentials belong into the secrets of the connection.")
    host = (parts.hostname or "").rstrip(".").lower()
    if not host or not _is_host(host) or port == 0:
        raise _refused("The address has no host, or one that cannot be a host.")
    resource = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    if not resource.startswith("/") or resource.startswith("//"):
        resource = "/" + resource.lstrip("/")
    return Target(scheme=scheme, host=host, port=port or _PORTS[scheme], resource=resource)


def _is_host(host: str) -> bool:
    if ":" in host:
        try:
            return ipaddress.IPv6Address(host) is not None
        except ValueError:
            return False
    labels = host.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels) or len(host) > 253:
        return False
    # a last label of digits is an address in one of its many spellings (0x7f.1, 2130706433, 017700000001)
    if re.fullmatch(r"0[xX][0-9A-Fa-f]*|[0-9]+", labels[-1]):
        try:
            return str(ipaddress.IPv4Address(host)) == host
        except ValueError:
            return False
    return True


def networks(text: str) -> tuple[Network, ...]:
    """Read networks separated by commas or blanks, e.g. ``10.20.0.0/16, fd12::/32``.

    :raise ValueError: not a network, or so wide that nothing would be refused any more
    """
    found = []
    for part in re.split(r"[\s,;]+", text.strip()):
        if part:
            network = ipaddress.ip_network(part)
            if network.prefixlen < _WIDEST[network.version]:
                raise ValueError(f"{network} is too wide")
            found.append(network)
    return tuple(found)


def check_address(text: str, allowed: Iterable[Network], *, only_allowed: bool = False) -> Address:
    """Decide about one address.

    :param allowed: networks that this endpoint may reach although they are not public
    :param only_allowed: public addresses are refused too (calls without TLS)
    :raise RejectedError: the address must not be reached
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    real = _embedded(address) or address
    if any(real.version == network.version and real in network for network in allowed):
        if not (real.is_multicast or real.is_unspecified):
            return address
    elif not only_allowed and _is_public(address) and _is_public(real):
        return address
    raise RejectedError(
        f"The host leads to the address {real}, which is not a public one. If this is intended, a connector "
        "administrator enters its network under the allowed networks of the connection.",
        reason="http_address_refused",
    )


def _embedded(address: Address) -> Address | None:
    """The IPv4 address that an IPv6 address stands for, by whatever way of writing it."""
    if not isinstance(address, ipaddress.IPv6Address):
        return None
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if address in _NAT64 or int(address) >> 32 == 0 and int(address) > 0xFFFF:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _is_public(address: Address) -> bool:
    if address in _NAT64:
        return True  # what it stands for is asked beside it
    refused = any(address.version == network.version and address in network for network in _REFUSED)
    return not refused and (address.is_global or _embedded(address) is not None)


def is_listed(host: str, patterns: Iterable[str]) -> bool:
    """Say whether a host is on a list of names; ``*.bank.example`` stands for all below it, not for itself."""
    host = host.rstrip(".").lower()
    return any(
        host == pattern or pattern.startswith("*.") and host.endswith(pattern[1:]) and host != pattern[2:]
        for pattern in patterns
    )


def check_listed(host: str, patterns: Iterable[str] | None) -> None:
    """Refuse a host that the environment of the connection does not allow.

    :param patterns: see :func:`is_listed`; None: any
    :raise RejectedError: it is not on the list
    """
    if patterns is not None and not is_listed(host, patterns):
        raise RejectedError(
            f"The host {host} is not allowed in the environment of this connection. A connector administrator enters "
            "it under Configuration > Hosts.",
            reason="host_not_allowed",
        )


def system_resolver(host: str, port: int) -> Sequence[str]:
    """Ask the operating system; each address once, in its order of preference."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def resolve(
    to: Target, allowed: Iterable[Network], resolver: Resolver = system_resolver, *, only_allowed: bool = False
) -> list[Address]:
    """Give the addresses of a host, all of them checked: one that must not be reached spoils the others.

    :raise RejectedError: an address must not be reached
    :raise TransientError: the name is not known (now)
    """
    allowed = tuple(allowed)
    try:
        found = resolver(to.host, to.port)
    except (OSError, UnicodeError) as error:
        raise TransientError(
            f"The host {to.host} is not known. Check its name on the connection.",
            reason="http_unreachable",
            endpoint=to.authority,
        ) from error
    if not found:
        raise TransientError(f"The host {to.host} has no address.", reason="http_unreachable", endpoint=to.authority)
    return [check_address(text, allowed, only_allowed=only_allowed) for text in found]


def _refused(detail: str) -> RejectedError:
    return RejectedError(detail, reason="http_address_refused")
