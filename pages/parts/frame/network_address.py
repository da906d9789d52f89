"""What tells one visitor's network from another's."""

import ipaddress
from collections.abc import Mapping
from typing import Any


def same_network(address: str) -> str:
    """Returns an IPv4 address as it is, the network of an IPv6 address, and anything else as it is.

    Of IPv6 that is the first 64 bits: whoever has one address there has all that begin with them.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed.packed[:8] + bytes(8), 64)))
    return str(parsed)


def connection_network(scope: Mapping[str, Any]) -> str:
    """Returns the network from which an ASGI connection comes, "" where it is not known."""
    client = scope.get("client")
    return same_network(client[0]) if client else ""
