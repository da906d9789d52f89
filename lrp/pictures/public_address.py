"""Decides which network addresses an untrusted link may connect to."""

from ipaddress import ip_address, ip_network

WEB_PORTS = frozenset({80, 443})

# `ipaddress.is_global` is not enough: it accepts 64:ff9b::a9fe:a9fe, 2002:7f00:1::, ::127.0.0.1, fec0::1, multicast and
# 192.0.0.192 (the metadata service of one cloud). Sources: the IANA special-purpose address registries.
_RESERVED_V4 = [
    ip_network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # serves every virtual machine of one cloud its configuration
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    )
]
_GLOBAL_V6 = ip_network("2000::/3")
_RESERVED_V6 = [ip_network(block) for block in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]


def is_public(address: str) -> bool:
    """Whether a numeric IPv4 or IPv6 address (brackets and zone allowed) belongs to a host on the public internet.

    IPv6 addresses that carry an IPv4 one (mapped, compatible, NAT64, 6to4, Teredo) are public only if mapped and the
    IPv4 address is. Raises ValueError for what is not an address.
    """
    parsed = ip_address(address.strip("[]").split("%")[0])
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    if parsed.version == 4:
        return not any(parsed in block for block in _RESERVED_V4)
    return parsed in _GLOBAL_V6 and not any(parsed in block for block in _RESERVED_V6)


def is_web_port(port: int) -> bool:
    """Whether a link may name this port: those of http and https only."""
    return port in WEB_PORTS


def permitted(address: str, port: int) -> bool:
    """Whether a connection to this resolved address is allowed: public hosts and web ports only."""
    return port in WEB_PORTS and is_public(address)
