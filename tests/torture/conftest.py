import pytest

from benchmarks.torture.samples import make_samples


@pytest.fixture(scope="session")
def samples(tmp_path_factory):
    """Runs in several states, tiny models and cases, to be spoilt."""
    place = tmp_path_factory.mktemp("samples")
    make_samples(place)
    return place
