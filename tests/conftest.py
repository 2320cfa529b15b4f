import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def _own_key(tmp_path_factory):
    """Tests sign run folders with a key of their own; the user's home stays as it is."""
    os.environ["TRIPTYCH_KEY_FILE"] = str(tmp_path_factory.mktemp("key") / "key")


@pytest.fixture(scope="session")
def tiny_starter(tmp_path_factory):
    """A weights folder of tiny random starter models."""
    from tests.tiny import save_tiny_starter

    return save_tiny_starter(tmp_path_factory.mktemp("tiny") / "weights")


@pytest.fixture(scope="session")
def tiny_profile(tiny_starter, tmp_path_factory):
    """A profile of the tiny models, whose critic is not calibrated."""
    from tests.tiny import write_tiny_profile

    return str(write_tiny_profile(tiny_starter, tmp_path_factory.mktemp("profile")))
