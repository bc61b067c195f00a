"""How hard the property tests look: the same examples every time in CI, fresh ones elsewhere."""

import os

from hypothesis import settings

settings.register_profile("lifecycle", max_examples=100, deadline=None, derandomize="CI" in os.environ)
settings.load_profile("lifecycle")
