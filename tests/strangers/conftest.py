from tests.traced import tiny  # noqa: F401 - a fixture
