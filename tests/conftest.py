"""Fixtures that every folder of tests may ask for."""

import fcntl
from collections.abc import Iterator

import pytest

from tests.fakes import outputs

__all__ = ["outputs"]


@pytest.fixture(autouse=True, scope="module")
def _one_ray_at_a_time(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Clusters of several processes of the tests would take each other's cores, and nodes would be given up for dead."""
    if request.module.__name__.rpartition(".")[2] not in {"test_ray_cluster", "test_ray_session", "test_sharded_scoring"}:
        yield
        return
    with (tmp_path_factory.getbasetemp().parent / "ray.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
