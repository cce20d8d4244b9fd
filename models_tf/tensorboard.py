"""Logs for TensorBoard: the columns of al_stats as scalars over rounds."""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf
from tensorflow.core.util import event_pb2

from utils import files
from utils.journal import Record

_FILE = "events.out.tfevents.0.run"


def write_log(folder: Path, rounds: list[Record]) -> None:
    """Writes one event file into `folder` with every number of every round; it never disagrees with the CSVs."""
    events = [event_pb2.Event(file_version="brain.Event:2")]
    seconds = 0.0
    for record in rounds:
        seconds += sum(record["seconds"].values())
        event = event_pb2.Event(step=record["round"], wall_time=seconds)
        for name, value in record["stats"].items():
            if value is not None and name != "round":
                event.summary.value.add(tag=name, simple_value=float(value))
        events.append(event)
    with files.replacing(folder / _FILE) as temporary, tf.io.TFRecordWriter(str(temporary)) as writer:
        for event in events:
            writer.write(event.SerializeToString())
