"""What holds for all tests."""

from journeysync.testing.databases import drop_spare_schemas


def pytest_sessionfinish() -> None:
    """Leave no schema behind on a server of others."""
    drop_spare_schemas()
