"""Logs for TensorBoard: the columns of al_stats as scalars over rounds, and the learning curves of all rounds over epochs."""

from __future__ import annotations

import secrets
from pathlib import Path

from utils import files
from utils.journal import Record
from utils.loading import loading_tensorflow

with loading_tensorflow():
    import tensorflow as tf
    from tensorflow.core.util import event_pb2

_FILE = "events.out.tfevents.0.run"
_CURVES = ("loss", "metric", "valid_loss", "valid_metric")
"""Of what the journal keeps of an epoch, in its order."""


def write_log(folder: Path, rounds: list[Record]) -> None:
    """Writes one event file into `folder` with every number of every round; it never disagrees with the CSVs.

    TensorFlow writes it into memory: what it says of a full disk is no OSError.
    """
    events = [event_pb2.Event(file_version="brain.Event:2")]
    seconds = 0.0
    for record in rounds:
        seconds += sum(record["seconds"].values())
        event = event_pb2.Event(step=record["round"], wall_time=seconds)
        for name, value in record["stats"].items():
            if value is not None and name != "round":
                event.summary.value.add(tag=name, simple_value=float(value))
        events.append(event)
    events += _epochs(rounds)
    memory = f"ram://{secrets.token_hex(8)}"
    with tf.io.TFRecordWriter(memory) as writer:
        for event in events:
            writer.write(event.SerializeToString())
    with tf.io.gfile.GFile(memory, "rb") as file:
        files.write_bytes(folder / _FILE, file.read())
    tf.io.gfile.remove(memory)


def _epochs(rounds: list[Record]) -> list[event_pb2.Event]:
    """One event an epoch, counted on over the rounds."""
    curve = [epoch for record in rounds for epoch in record.get("epochs", ())]
    events = [event_pb2.Event(step=step) for step in range(len(curve))]
    for event, epoch in zip(events, curve, strict=True):
        for name, value in zip(_CURVES, epoch, strict=True):
            if value is not None:
                event.summary.value.add(tag=f"epoch/{name}", simple_value=value)
    return events
