"""The fixtures every test may ask for, and how property tests look for examples."""

from hypothesis import HealthCheck, settings

from tests.fuzz import FUZZ_PROFILE

pytest_plugins = ["tests.fixtures.postgres", "tests.fixtures.temporal", "tests.fixtures.shop", "tests.fixtures.stack"]

# The same examples on each run and on each machine, however slow it is. New ones are the business of `make fuzz`.
settings.register_profile(
    "reproducible", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    FUZZ_PROFILE,
    max_examples=300,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("reproducible")
