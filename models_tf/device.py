"""Sets TensorFlow up, once per process and before its first operation, and tells what results depend on."""

from __future__ import annotations

import os

from utils.errors import ParameterError
from utils.loading import loading_tensorflow

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with loading_tensorflow():
    import tensorflow as tf


def set_up(threads: int) -> dict[str, str | int]:
    """Pins `threads` and deterministic operations; returns what the bits of a result depend on, for the fingerprint.

    Raises:
        ParameterError: TensorFlow already runs in this process with another number of threads.
    """
    present = tf.config.threading.get_intra_op_parallelism_threads()
    if present != threads:
        try:
            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(min(threads, 2))
        except RuntimeError:
            raise ParameterError(
                f"threads: received {threads}, but TensorFlow already runs in this process with {present or 'its default'}; "
                "set it before the first run, or start a new process"
            ) from None
        tf.config.experimental.enable_op_determinism()
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    devices = tf.config.list_physical_devices("GPU") or tf.config.list_physical_devices("CPU")
    names = {str(tf.config.experimental.get_device_details(device).get("device_name", "CPU")) for device in devices}
    return {
        "tensorflow": tf.__version__,
        "threads": threads,
        "onednn": os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1"),
        "device": ", ".join(sorted(names)),
    }
