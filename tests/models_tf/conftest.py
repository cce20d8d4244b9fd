"""Fixtures that load TensorFlow when a test asks for them, not when tests are collected."""

from __future__ import annotations

from types import ModuleType

import pytest


@pytest.fixture
def tf() -> ModuleType:
    """TensorFlow, on one thread, as all engines of the tests use it."""
    from models_tf.device import set_up

    set_up(1)
    import tensorflow

    return tensorflow


@pytest.fixture
def layers(tf: ModuleType) -> ModuleType:
    """models_tf/layers.py."""
    from models_tf import layers

    return layers


@pytest.fixture
def lstm(tf: ModuleType) -> ModuleType:
    """models_tf/lstm.py."""
    from models_tf import lstm

    return lstm
