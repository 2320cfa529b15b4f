from tests.traced import finished, run_folder, tiny  # noqa: F401 - fixtures
