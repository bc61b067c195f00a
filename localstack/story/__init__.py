"""The demo's story: three customers live through months, on the real parts, in a minute."""
