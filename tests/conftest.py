"""The fixtures every test may ask for."""

pytest_plugins = ["tests.fixtures.postgres", "tests.fixtures.temporal", "tests.fixtures.shop", "tests.fixtures.stack"]
