"""Which addresses of the web may be opened: http and https, usual ports, and hosts that are public. Pure."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

import httpx
import regex

from core.errors import Invalid

PORTS = {"http": 80, "https": 443}
LONGEST = 2_000
_NUMERIC = regex.compile(r"(?i)(?:0x[0-9a-f]*|[0-9]+)\.?")
"""A last label like this makes a host an IPv4 address to some programs: 2130706433, 0x7f.1, 0177.0.0.1."""
_INSIDE = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "home.arpa", "onion")
_SHUT_4 = tuple(
    ipaddress.IPv4Network(net)
    for net in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "224.0.0.0/3",
        "168.63.129.16/32",  # a public number that a cloud answers to its own machines
    )
)  # fmt: skip
_OPEN_6 = ipaddress.IPv6Network("2000::/3")
_SHUT_6 = tuple(
    ipaddress.IPv6Network(net)
    for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")  # Teredo, examples, 6to4, examples
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
OWN_COPY = "Open it in your browser and add it as a file, or paste its text as a note."


@dataclass(frozen=True)
class Target:
    """An address that was taken apart once: what is checked is what is connected to."""

    scheme: str
    host: str
    port: int
    path: bytes

    @property
    def shown(self) -> str:
        """The host as an address and the Host header write it."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def url(self) -> str:
        """The address as it is shown and kept."""
        return f"{self.scheme}://{self.shown}{self.path.decode('ascii')}"


def target(url: str) -> Target:
    """The parts of an address. Raises Invalid for one that is not to be opened, whoever names it."""
    text = url.strip()
    if not text or len(text) > LONGEST or any(ord(c) < 33 or ord(c) == 127 for c in text):
        raise Invalid("This is no web address; nothing was fetched.", "Copy it again: https://, and no blanks in it.")
    try:
        parts = httpx.URL(text)
        host = parts.raw_host.decode("ascii").lower()
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise Invalid("This address cannot be read; nothing was fetched.", "Copy it from the browser again.") from None
    if parts.scheme not in PORTS:
        raise Invalid("Only http and https addresses are fetched; nothing was.", OWN_COPY)
    if parts.userinfo:
        raise Invalid("The address holds a user name or a password; nothing was fetched.", "Take them out of it.")
    if parts.port not in (None, PORTS[parts.scheme]):
        raise Invalid(f"The address names port {parts.port}; only the usual ones are used.", OWN_COPY)
    return Target(parts.scheme, _host(host), PORTS[parts.scheme], parts.raw_path)


def _host(host: str) -> str:
    """A name that is worth looking up, or an address literal that is public."""
    bare = host.strip("[]")
    literal = _literal(bare)
    if literal is not None:
        if not public(str(literal)):
            raise _not_public(host)
        return str(literal)
    name = bare.removesuffix(".")
    labels = name.split(".")
    if ":" in name or not all(labels) or _NUMERIC.fullmatch(labels[-1]) or len(name) > 253:
        raise Invalid("The address names no host that can be looked up; nothing was fetched.", "Check its spelling.")
    if len(labels) == 1 or any(name == end or name.endswith(f".{end}") for end in _INSIDE):
        raise _not_public(host)
    return name


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _not_public(host: str) -> Invalid:
    return Invalid(f"{host[:80]} is inside a private network; Timbre fetches public pages only.", OWN_COPY)


def public(address: str) -> bool:
    """Whether an IP address is one of the open internet (https://www.iana.org/assignments, special-purpose lists)."""
    literal = _literal(address)
    if isinstance(literal, ipaddress.IPv4Address):
        return literal.is_global and not any(literal in net for net in _SHUT_4)
    if literal is None or literal.scope_id:
        return False
    if literal in _NAT64:
        return public(str(ipaddress.IPv4Address(literal.packed[-4:])))
    return literal in _OPEN_6 and not any(literal in net for net in _SHUT_6)
