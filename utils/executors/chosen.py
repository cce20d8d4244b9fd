"""The executor that the parameters of an experiment ask for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from utils.executors.base import Executor, MakeWork, Work
from utils.executors.in_process import InProcess
from utils.executors.processes import Processes


def chosen(hparams: Any, outputs: Path, work: Work, count: int) -> tuple[Executor, MakeWork]:
    """The executor, and what makes the work in each of its processes.

    Args:
        hparams: resolved parameters of any run, an instance of HParams.
        outputs: where run folders lie.
        work: what a run in this process is done by; its class makes the like in other processes.
        count: of runs.

    Raises:
        ParameterError: it is Ray's, and Ray is not installed.
    """
    if hparams.executor == "ray":
        from utils.executors.ray_cluster import RayCluster

        at_once = 1 if hparams.shard_scoring else hparams.num_workers
        cluster = hparams.ray_address, hparams.threads, hparams.gpus_per_run
        return RayCluster(*cluster, root=Path.cwd(), at_once=at_once), type(work)
    if (hparams.num_workers or 1) == 1:
        return InProcess(outputs, raises=count == 1), lambda: work
    return Processes(outputs, min(hparams.num_workers, count)), type(work)
