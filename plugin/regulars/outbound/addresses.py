"""Which addresses a webhook may be sent to. Pure.

From IANA's registries of special-purpose addresses and of IPv6 space. The flags of `ipaddress` are not enough: they call
multicast, the IPv6 form of any IPv4 address and several documentation ranges global.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

_RANGES_4 = [
    (IPv4Network(network), reason)
    for network, reason in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link_local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "translation"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmark"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
]
_RANGES_6 = [
    (IPv6Network(network), reason)
    for network, reason in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("64:ff9b::/96", "translation"),  # NAT64: an IPv4 address behind somebody's translator
        ("64:ff9b:1::/48", "translation"),
        ("2001::/23", "reserved"),  # protocol assignments, Teredo among them
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "translation"),  # 6to4: an IPv4 address behind a relay
        ("3fff::/20", "documentation"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link_local"),
        ("ff00::/8", "multicast"),
    )
]
_GLOBAL_6 = IPv6Network("2000::/3")  # the only part of IPv6 that is handed out

#: What an operator may allow: their own networks, never the neighbourhood of the machine or nonsense.
PRIVATE = frozenset({"private", "shared", "loopback"})

_HOST_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?")
_LOOKS_LIKE_A_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")


def refusal(address: str) -> str | None:
    """Why nothing may be sent to this IP address, or None. IPv4 inside IPv6 is judged as what it is.

    Raises ValueError for what is no address.
    """
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        inside = next((reason for network, reason in _RANGES_6 if found in network), None)
        return inside or (None if found in _GLOBAL_6 else "reserved")
    plain: IPv4Address = found if isinstance(found, IPv4Address) else found.ipv4_mapped or IPv4Address(0)
    return next((reason for network, reason in _RANGES_4 if plain in network), None)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads: the name to be resolved, and what is asked there."""

    scheme: str
    host: str
    port: int
    path: str


def target(url: str, *, allow_private: bool = False) -> Target:
    """The parts of a URL that we may call. Raises ValueError with the reason as a sentence.

    Only https on port 443, unless the operator allows their own networks. No user names, no numbers that are an address
    in disguise (2130706433, 0x7f000001, 127.1), nothing that two readers could read differently.
    """
    if not url.isascii() or re.search(r"[\s\\\x00-\x1f\x7f]", url):
        raise ValueError("it holds characters that do not belong into an address")
    parts = urlsplit(url)
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        raise ValueError("it must begin with https://")
    if "@" in parts.netloc:
        raise ValueError("it must not hold a user name")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if port != 443 and not allow_private:
        raise ValueError("it must use port 443")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, _host(parts.hostname or "", allow_private), port, path)


def _host(host: str, allow_private: bool) -> str:
    host = host.rstrip(".")
    if ":" in host or _LOOKS_LIKE_A_NUMBER.fullmatch(host):
        return _literal(host)
    if not _HOST_NAME.fullmatch(host) or len(host) > 253:
        raise ValueError("it names no host")
    if (host == "localhost" or host.endswith(".localhost")) and not allow_private:
        raise ValueError("it leads to this machine itself (loopback)")
    return host


def _literal(host: str) -> str:
    try:
        return str(ip_address(host))
    except ValueError as error:
        raise ValueError("it is a number that is no plain IP address") from error
