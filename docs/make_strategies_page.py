"""Writes docs/strategies.md, all selection engines as their own classes describe them, and the picture of what each picks.

`make docs` runs it. The page cannot fall behind the code: a test writes it anew and compares.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import create_model

from strategies.base import SelectionStrategy, strategies
from utils import files
from utils.constraints import allowed
from utils.learning_engine import Need

FOLDER = Path(__file__).parent
FAMILIES: dict[str, tuple[str, str]] = {
    "The founding engines": (
        "Those of the systems that this project follows, and the baseline.",
        "random least_confidence margin entropy entropy_pl egl ecg dpc edpc aift kmeans ratio hist_select",
    ),
    "Uncertain and different": (
        "Uncertainty that looks at the other samples as well: at those picked beside it, at how dense the pool is around it.",
        "badge galaxy cluster_margin information_density dropquery",
    ),
    "Coverage": (
        "What is typical of the pool or far from all that is labelled; strongest while labels are few.",
        "coreset typiclust probcover",
    ),
    "Disagreement": (
        "What several models, or one under several dropout masks, see differently.",
        "qbc bald power_bald batchbald epig",
    ),
    "Regression": ("For targets that are numbers.", "gsx gsy igs qbc_variance mc_variance"),
}
"""Heading → what unites the engines under it, and their names in order; engines of no family follow as "Others"."""
_ANSWERS = {
    Need.PROBABILITIES: "probabilities p",
    Need.EMBEDDINGS: "embeddings h",
    Need.LAST_INPUTS: "inputs of the last dense layer",
    Need.STOCHASTIC: "{outputs} of K passes with dropout",
    Need.AUGMENTED: "{outputs} of A augmented copies",
    Need.COMMITTEE: "{outputs} by the weights of the last K rounds",
    Need.FEATURES: "what the model is fed",
    Need.PREDICTIONS: "predicted targets",
}
_OUTPUTS = {"multiclass": "probabilities", "regression": "predictions"}
_INTRODUCTION = """# Selection engines

Each name below is a `framework_type`; what an engine can be tuned by goes into `strategy_params`, and what it reads is said for
the defaults of these. This page is written by `make docs` from the engines' own classes.

Notation: U and L are the unlabelled and the labelled samples, m and l of them; n or B is the budget, C the number of classes,
p (C,) the predicted probabilities of a sample, h (d,) its embedding (the layer named "embedding", or the input of the last
dense layer), ŷ = argmax p. Scores: larger = asked first; ties are broken at random by the run's seed. Entropies are in nats.

What they are all given is set by parameters of the run: `num_passes` is K, the passes with dropout; `num_members` the rounds
whose weights make up a committee; `num_augmented` and `augmentations` say how many copies of a sample there are and what
changes them; `candidate_pool` makes U a random part of the pool; `decay_threshold` and `sel_thresholds` belong to pseudo-labels
and to history selection, which work with every engine.

![What each engine picks](strategies.png)

The same pool for all: 400 samples in the plane, of three classes (two for `ratio`), twelve of them labelled (crosses), and
eight picks, numbered in their order. Shades show the class that a logistic regression on the labelled samples predicts; for
the regression engines, the value that a Gaussian process predicts.
"""


def sections() -> dict[str, list[str]]:
    """Heading → names of the registered engines under it, in the order of the page; each engine stands under one."""
    known = set(strategies.names())
    found = {heading: [name for name in names.split() if name in known] for heading, (_, names) in FAMILIES.items()}
    found["Others"] = sorted(known.difference(*found.values()))
    return {heading: names for heading, names in found.items() if names}


def page() -> str:
    """The page in Markdown."""
    parts = [_INTRODUCTION, _overview()]
    for heading, names in sections().items():
        introduction = FAMILIES.get(heading, ("Registered by other packages.", ""))[0]
        parts += [f"## {heading}\n\n{introduction}\n", *map(_section, names)]
    return "\n".join(parts)


def _overview() -> str:
    lines = ["| engine | family | tasks | reads |", "|---|---|---|---|"]
    for heading, names in sections().items():
        for name in names:
            engine = strategies.get(name)()
            read = ", ".join(need.value for need in Need if need in engine.needs) or "nothing"
            lines.append(f"| [`{name}`](#{name}) | {heading.lower()} | {', '.join(sorted(engine.tasks))} | {read} |")
    return "\n".join(lines) + "\n"


def _section(name: str) -> str:
    plugin = strategies.get(name)
    lines = [f"### {name}\n", *(f"{paragraph}\n" for paragraph in _prose(plugin)), *_facts(plugin())]
    rows = list(_parameter_rows(plugin))
    if rows:
        lines += ["\n| parameter | allowed | default |", "|---|---|---|", *rows, "", *_meanings(plugin)]
    return "\n".join(lines) + "\n"


def _facts(engine: SelectionStrategy) -> Iterator[str]:
    """What stands under every engine: what it reads, what it is for, where it comes from."""
    outputs = " or ".join(word for task, word in _OUTPUTS.items() if task in engine.tasks)
    read = ", ".join(answer.format(outputs=outputs) for need, answer in _ANSWERS.items() if need in engine.needs)
    where = ["U", *(["L"] if engine.needs_labelled else []), *(["the validation samples"] if engine.needs_validation else [])]
    head = "; the weights of the last dense layer" if Need.HEAD in engine.needs else ""
    yield f"- Reads, of {' and '.join(where)}: {read}{head}." if read else "- Reads nothing."
    yield f"- Tasks: {', '.join(sorted(engine.tasks))}."
    if engine.pseudo_label:
        yield "- Comes with pseudo-labels, as if `pseudo_label` were true."
    if engine.reference:
        yield f"- Source: {_escaped(engine.reference)}."


def _parameter_rows(plugin: Callable[..., Any]) -> Iterator[str]:
    signature = inspect.signature(plugin)
    hints = get_type_hints(plugin.__init__, include_extras=True)
    given = {name: entry for name, entry in signature.parameters.items() if entry.kind is inspect.Parameter.KEYWORD_ONLY}
    fields: dict[str, Any] = {name: (hints[name], entry.default) for name, entry in given.items()}
    model = create_model("Parameters", **fields)
    for name, entry in given.items():
        yield f"| `{name}` | {allowed(model, name)} | `{json.dumps(entry.default, ensure_ascii=False)}` |"


def _documentation(thing: object) -> str:
    return inspect.cleandoc(getattr(thing, "__doc__", None) or "")


def _prose(plugin: Callable[..., Any]) -> list[str]:
    """The paragraphs of the class's docstring, without its arguments."""
    text = _documentation(plugin).partition("\nArgs:\n")[0]
    return [_escaped(" ".join(paragraph.split())) for paragraph in text.split("\n\n") if paragraph.strip()]


def _meanings(plugin: Callable[..., Any]) -> Iterator[str]:
    """What `__init__` says of its parameters: those under "Args:" as a list, otherwise its sentences."""
    prose, _, listed = _documentation(plugin.__init__).partition("Args:\n")
    entries = re.split(r"(?:^|\n) {4}(\w+): ", re.split(r"\n(?=\S)", listed)[0])
    for name, meaning in zip(entries[1::2], entries[2::2], strict=True):
        yield f"- `{name}`: {_in_json(meaning)}"
    if not listed:
        yield _in_json(prose)


def _in_json(text: str) -> str:
    """`text` on one line, with the values of Python as they are written in a parameter file."""
    words = {"None": "`null`", "True": "`true`", "False": "`false`"}
    return re.sub(r"\b(None|True|False)\b", lambda found: words[found[0]], _escaped(" ".join(text.split())))


def _escaped(text: str) -> str:
    """`text` as it is to be read in Markdown; what stands in backticks stays."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"[*<|\[\]]|(?<!\w)_|_(?!\w)", r"\\\g<0>", part) for part in parts)


if __name__ == "__main__":
    from strategies_picture import draw

    files.write_text(FOLDER / "strategies.md", page())
    draw([name for names in sections().values() for name in names], FOLDER / "strategies.png")
