"""Which addresses may be followed: public names over https, at public numbers. Pure: text and numbers in, a verdict out.

What is not known to be public is refused. The special ranges are those of IANA's registries, and what clouds answer at.
https://www.iana.org/assignments/iana-ipv4-special-registry https://www.iana.org/assignments/iana-ipv6-special-registry
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address
from urllib.parse import quote, urlsplit

from chalicelib.ports import FetchRefused

LONGEST = 2048
"""Characters; what every browser and proxy takes."""

_PORTS = {"https": 443, "http": 80}
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
"""A last label that makes resolvers read the whole name as a number (WHATWG URL, "ends in a number")."""
_NOT_PUBLIC = frozenset({"localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa", "onion", "test"})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_AS_IT_IS = "/%:@!$&'()*+,;=-._~?"

_NOT_PUBLIC_V4 = tuple(
    IPv4Network(one)
    for one in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by carriers; some clouds answer with credentials at 100.100.100.200
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's own services, at a number that looks public
        "169.254.0.0/16",  # link-local, where most clouds answer with credentials
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_PUBLIC_V6 = IPv6Network("2000::/3")
"""All that was ever handed out. What maps or translates to IPv4 by a prefix outside of it is refused with the rest."""
_NOT_PUBLIC_V6 = tuple(
    IPv6Network(one)
    for one in (
        "2001::/23",  # protocols' own, Teredo among them: it holds an IPv4 address
        "2001:db8::/32",
        "2002::/16",  # 6to4: it holds an IPv4 address
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)


@dataclass(frozen=True, slots=True)
class Address:
    """An address that may be followed, as far as its text tells. target: path and query as they are asked for."""

    url: str
    secure: bool
    host: str
    port: int
    target: str

    @property
    def is_loopback(self) -> bool:
        """Whether it means this machine; only where that was allowed."""
        return self.host in _LOOPBACK


def read(url: str, *, loopback: bool = False) -> Address:
    """An address as it was typed. loopback: this machine may be meant too, over http, at any port. Raises FetchRefused."""
    if len(url) > LONGEST:
        raise FetchRefused(f"the address is longer than {LONGEST} characters")
    # What splits an address differs from what others make of these; none of them has a place in one.
    if any(one.isspace() or not one.isprintable() or one in '\\"<>^`{|}' for one in url):
        raise FetchRefused("the address holds a character that has no place in one")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise FetchRefused("the address cannot be read") from None
    if parts.scheme not in _PORTS or not parts.netloc:
        raise FetchRefused("only addresses that begin with https:// are followed")
    if "@" in parts.netloc:
        raise FetchRefused("the address holds a user name, or something that looks like one")
    host = (parts.hostname or "").lower()
    target = quote(parts.path or "/", safe=_AS_IT_IS) + (
        f"?{quote(parts.query, safe=_AS_IT_IS)}" if parts.query else ""
    )
    secure = parts.scheme == "https"
    if not (loopback and host in _LOOPBACK):
        _check_name(host)
        if not secure:
            raise FetchRefused("only addresses that begin with https:// are followed")
        if port is not None and port != _PORTS["https"]:
            raise FetchRefused("only the usual port of https is asked")
    plain = f"{parts.scheme}://{parts.netloc.lower()}{target}"
    return Address(plain, secure, host, port or _PORTS[parts.scheme], target)


def _check_name(host: str) -> None:
    if not host.isascii():
        raise FetchRefused("the host's name holds other characters than a to z, digits and hyphens: write it as xn--")
    if ":" in host or _NUMBER.fullmatch(host.rpartition(".")[2]) or _NUMBER.fullmatch(host.rstrip(".")):
        raise FetchRefused("the address names a number where a host's name is needed")
    if not _NAME.fullmatch(host) or len(host) > 253:
        raise FetchRefused("the address names no host that can be public")
    if host.rpartition(".")[2] in _NOT_PUBLIC:
        raise FetchRefused("the address names a host that is not public")


def check_public(number: str) -> None:
    """Refuse a number that a name stands for, unless it is known to be public. Raises FetchRefused."""
    try:
        found = ip_address(number)
    except ValueError:
        raise FetchRefused("the host's name stands for no number") from None
    if isinstance(found, IPv4Address):
        public = not any(found in one for one in _NOT_PUBLIC_V4)
    else:
        # A zone (`%eth0`) names an interface of this machine.
        public = found.scope_id is None and found in _PUBLIC_V6 and not any(found in one for one in _NOT_PUBLIC_V6)
    if not public:
        raise FetchRefused("the host's name stands for a number that is not public")
