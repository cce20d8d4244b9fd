"""Who else is told of a run's rounds: as often as asked, and of a run that was complete before."""

import framework
from tests.fakes import run_fake, small_params
from utils.run_directory import open_run
from utils.trackers import Trackers


def opened(params):
    return open_run(next(params.single_runs()).run_folder(framework.OUTPUTS), overwrite=False)


def test_nobody_is_told_where_nobody_asked(outputs):
    params = small_params(max_round=1)
    run_fake(params)
    with opened(params) as directory:
        Trackers(params, outputs, None, None).follow(directory)


def test_tensorboard_gets_all_rounds_of_a_run_that_is_complete(outputs):
    written = []
    params = small_params(max_round=2)
    run_fake(params)
    with opened(params) as directory:
        asked = params.model_copy(update={"tensorboard": True})
        Trackers(asked, outputs, lambda *told: written.append(told), None).follow(directory)
        [(folder, rounds)] = written
        assert folder == directory.folder / "tensorboard"
        assert [record["round"] for record in rounds] == [0, 1, 2]


def test_a_run_is_logged_to_mlflow_while_it_goes_on(outputs):
    warned = []
    params = small_params(mlflow=True, max_round=2)
    records = run_fake(params)
    with opened(params) as directory:
        Trackers(params, outputs, None, warned.append).follow(directory)
    assert warned == []
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{(outputs / 'fake' / 'mlflow' / 'mlflow.db').resolve()}")
    [experiment] = [one for one in client.search_experiments() if one.name == "fake"]
    [run] = client.search_runs([experiment.experiment_id])
    assert run.info.status == "FINISHED"
    assert run.data.params["num_select_per_round"] == "5"
    logged = client.get_metric_history(run.info.run_id, "eval_acc")
    assert [metric.value for metric in logged] == [record["stats"]["eval_acc"] for record in records]
