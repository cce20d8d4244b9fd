"""Whether an engine can serve an experiment at all, said before the experiment begins."""

from __future__ import annotations

from collections.abc import Sequence

from strategies.base import SelectionStrategy, strategies
from utils.errors import ParameterError
from utils.learning_engine import Need
from utils.observer import BY_THE_LOOP

_REMEDIES = {
    Need.STOCHASTIC: "it asks for passes with dropout, and {model} has no dropout layer, or its layers branch after the first "
    "one: choose another model, or a dropout rate above 0 in model_params",
    Need.AUGMENTED: "it asks for augmented copies, and there are no augmentations for this kind of data",
    Need.PREDICTIONS: "it asks for predicted targets, and {model} predicts classes",
    Need.PROBABILITIES: "it asks for probabilities of classes, and {model} predicts targets",
}

_OTHERWISE = "it asks for what {model} cannot infer"


def unfit(names: Sequence[str], tasks: frozenset[str], *, validated: bool) -> list[str]:
    """A sentence for each of the engines `names` that can serve none of `tasks`, or lacks the validation part that it needs."""
    fitting = [name for name in strategies.names() if strategies.get(name).tasks & tasks]
    asked, problems = " or ".join(sorted(tasks)), []
    for name in names:
        engine = strategies.get(name)
        if name not in fitting:
            problems.append(
                f"framework_type: {name!r} is for {' or '.join(sorted(engine.tasks))} tasks, and this one is {asked}; "
                f"fit for it: {', '.join(fitting)}"
            )
        elif engine.needs_validation and not validated:
            problems.append(
                f"framework_type: {name!r} follows the errors on a validation part, and there is none: give valid_percent, or "
                "set checkpoint to 'best' or 'best_of_round', and checkpoint_on to 'validation': a tenth of the labels is then "
                "held out"
            )
    return problems


def check_answered(name: str, strategy: SelectionStrategy, provides: frozenset[Need], model: str | None) -> None:
    """Raises ParameterError when the engine `name` asks for what the learning engine of `model` does not provide."""
    lacking = sorted(strategy.needs - provides - BY_THE_LOOP, key=lambda need: need.value)
    if lacking:
        raise ParameterError(
            [
                f"framework_type: {name!r}: {_REMEDIES.get(need, _OTHERWISE).format(model=f'model {model!r}')}"
                for need in lacking
            ]
        )
