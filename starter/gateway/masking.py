"""Addresses and numbers as pages show them: messages are passed on, links and all."""


def veiled_address(address: str) -> str:
    """Enough to know one's own by."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}•••@{domain}"


def veiled_number(number: str) -> str:
    """Its last digits."""
    return f"••• {number[-3:]}" if len(number) > 6 else "•••"
