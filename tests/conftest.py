"""Fixtures that every folder of tests may ask for."""

from tests.fakes import outputs

__all__ = ["outputs"]
