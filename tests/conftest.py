import pytest


@pytest.fixture(scope="session")
def tiny_starter(tmp_path_factory):
    """A weights folder of tiny random starter models."""
    from tests.tiny import save_tiny_starter

    return save_tiny_starter(tmp_path_factory.mktemp("tiny") / "weights")
