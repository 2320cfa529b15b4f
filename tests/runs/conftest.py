from tests.traced import finished, tiny  # noqa: F401 - fixtures
