"""What the records of a run's journal have to look like, for whoever edits one gives it the hash that it needs.

Records of earlier versions lack what has defaults here; what later ones add is passed over.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from utils.journal import Record, record_in
from utils.strict_json import Count, Number, first_problem

_Pick = Annotated[tuple[Count, str, Number | None, int | Number | None, str | None], Field(strict=False)]
"""Sample, name, score, label, by whom."""


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class _Header(_Record):
    type: Literal["header"]
    version: int
    fingerprint: dict[str, dict[str, Any]]


class _Seconds(_Record):
    select: Number
    label: Number
    train: Number
    evaluate: Number
    other: Number


class _Stats(BaseModel):
    """Any columns of al_stats; all are numbers."""

    model_config = ConfigDict(strict=True, extra="allow")
    __pydantic_extra__: dict[str, int | Number | None]
    num_total_labeled: Count


class _Stability(_Record):
    predicted: list[Count]


class _Step(BaseModel):
    """What the model labelled in a step, and any columns of autolabel_stats; all are numbers."""

    model_config = ConfigDict(strict=True, extra="allow")
    __pydantic_extra__: dict[str, int | Number | None]
    ids: list[Count]
    names: list[str]
    confidences: list[Number]
    labels: list[Any]
    right: int | None

    @model_validator(mode="after")
    def _as_many_of_each(self) -> Self:
        if len({len(self.ids), len(self.names), len(self.confidences), len(self.labels)}) > 1:
            raise ValueError("ids, names, confidences and labels are not as many")
        return self


class _Round(_Record):
    type: Literal["round"]
    round: Count
    weights_sha256: str
    has_best: bool
    seconds: _Seconds
    stats: _Stats
    selected: list[_Pick]
    pseudo_labelled: list[Count] = []
    stability: _Stability | None = None
    kept_epoch: int | None = None
    classes_sha256: str = ""
    epochs: list[Annotated[list[Number | None], Field(max_length=4)]] = []
    classes: list[list[int | Number]] = []
    class_names: list[str] = []
    kept_sha256: dict[str, str] = {}


class _Autolabel(_Record):
    type: Literal["autolabel"]
    steps: list[_Step]


class _End(_Record):
    type: Literal["end"]
    reason: str


_KNOWN: TypeAdapter[Any] = TypeAdapter(Annotated[_Header | _Round | _Autolabel | _End, Field(discriminator="type")])


def record_problem(record: Record, place: int) -> str | None:
    """Why the record cannot stand at this `place`, from 0, of a run's journal; None: it can."""
    try:
        known = _KNOWN.validate_python(record)
    except ValidationError as error:
        return first_problem(error)
    if isinstance(known, _Header) != (place == 0):
        return "the header is the first record, and no other is one"
    return None


def header_in(line: bytes) -> Record | None:
    """The header in the first `line` of a run's journal; None where it was altered or is none."""
    try:
        header = record_in(line.rstrip(b"\n"))
    except ValueError:
        return None
    return None if header is None or record_problem(header, 0) else header
