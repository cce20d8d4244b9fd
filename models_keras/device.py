"""Sets up the library under Keras, once per process and before its first operation, and tells what results depend on.

TensorFlow it is, or JAX where the environment says KERAS_BACKEND=jax; Keras reads that variable when it is first imported.
"""

from __future__ import annotations

import os

from utils.errors import ParameterError
from utils.loading import loading_tensorflow

Environment = dict[str, str | int]
_DETERMINISTIC = "--xla_gpu_deterministic_ops=true"

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = os.environ.get("KERAS_BACKEND") or "tensorflow"


def set_up(threads: int) -> Environment:
    """Pins `threads` and deterministic operations; returns what the bits of a result depend on, for the fingerprint.

    Raises:
        ParameterError: KERAS_BACKEND names a library that is not offered, not installed, or not the one that Keras already
            runs on, or that library already runs in this process with another number of threads.
    """
    chosen = os.environ["KERAS_BACKEND"]
    offered = {"tensorflow": _set_up_tensorflow, "jax": _set_up_jax}
    if chosen not in offered:
        raise ParameterError(
            f"KERAS_BACKEND: received {chosen!r}; possible are {' and '.join(offered)}: set it to one of them, or unset it"
        )
    return offered[chosen](threads)


def _set_up_tensorflow(threads: int) -> Environment:
    with loading_tensorflow():
        import keras
        import tensorflow as tf

    _check_runs_on("tensorflow")
    _fix_numbers()
    present = tf.config.threading.get_intra_op_parallelism_threads()
    if present != threads:
        try:
            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(min(threads, 2))
        except RuntimeError:
            raise _already_runs("TensorFlow", threads, str(present or "its default")) from None
        tf.config.experimental.enable_op_determinism()
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    devices = tf.config.list_physical_devices("GPU") or tf.config.list_physical_devices("CPU")
    names = {str(tf.config.experimental.get_device_details(device).get("device_name", "CPU")) for device in devices}
    return {
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "threads": threads,
        "onednn": os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1"),
        "device": ", ".join(sorted(names)),
    }


def _set_up_jax(threads: int) -> Environment:
    """Threads are those that compute, on a CPU; how many translate a graph to machine code is XLA's own affair."""
    try:
        import jax
        from jaxlib.version import __version__ as jaxlib_version
    except ImportError:
        raise ParameterError(
            "KERAS_BACKEND: received 'jax', which is not installed: pip install '.[jax]', or unset KERAS_BACKEND"
        ) from None
    import keras

    _check_runs_on("jax")
    _fix_numbers()
    present = os.environ.get("PJRT_NPROC")
    if present != str(threads):
        try:
            # JAX refuses to change this once it runs, and nothing else that is public tells whether it does
            for count in (-1, 1):
                jax.config.update("jax_num_cpu_devices", count)
        except RuntimeError:
            raise _already_runs("JAX", threads, present or "its default") from None
        os.environ["PJRT_NPROC"] = str(threads)
        flags = [flag for flag in os.environ.get("XLA_FLAGS", "").split() if flag != _DETERMINISTIC]
        os.environ["XLA_FLAGS"] = " ".join([*flags, _DETERMINISTIC])
        os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    with loading_tensorflow():  # the first layer that Keras describes makes it load TensorFlow, whatever it runs on
        keras.saving.serialize_keras_object(keras.layers.Identity())
    return {
        "jax": jax.__version__,
        "jaxlib": jaxlib_version,
        "keras": keras.__version__,
        "threads": threads,
        "xla_flags": os.environ.get("XLA_FLAGS", ""),
        "device": ", ".join(sorted({device.device_kind for device in jax.devices()})),
    }


def _check_runs_on(chosen: str) -> None:
    import keras

    if keras.backend.backend() != chosen:
        raise ParameterError(
            f"KERAS_BACKEND: received {chosen!r}, but Keras already runs in this process on {keras.backend.backend()}; set it "
            "before Keras is first imported, or start a new process"
        )


def _fix_numbers() -> None:
    """Sets what Keras reads from the user's keras.json, so that a model is the same whatever stands there."""
    import keras

    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")


def _already_runs(library: str, threads: int, present: str) -> ParameterError:
    return ParameterError(
        f"threads: received {threads}, but {library} already runs in this process with {present}; "
        "set it before the first run, or start a new process"
    )
