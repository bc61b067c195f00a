"""Masked addresses and numbers for pages: customers forward messages with their links."""


def masked_address(address: str) -> str:
    """The first letter and the domain: enough for customers to recognise their address."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}•••@{domain}"


def masked_number(number: str) -> str:
    """The last three digits."""
    return f"••• {number[-3:]}" if len(number) > 6 else "•••"
