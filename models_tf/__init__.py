"""Learning engines on bare TensorFlow; none in this version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from utils.registry import Registry

models: Registry[Callable[..., Any]] = Registry("TensorFlow model", "models_tf", "active_learning.models_tf")
