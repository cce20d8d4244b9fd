"""What the records of a run's journal have to look like, for whoever edits one gives it the hash that it needs.

Records of earlier versions lack what has defaults here; what later ones add is passed over.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from utils.journal import Record

_Number = Annotated[float, Field(allow_inf_nan=False)]
_Count = Annotated[int, Field(ge=0, lt=2**53)]
_Pick = Annotated[tuple[_Count, str, _Number | None, int | _Number | None, str | None], Field(strict=False)]
"""Sample, name, score, label, by whom."""


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class _Header(_Record):
    type: Literal["header"]
    version: int
    fingerprint: dict[str, dict[str, Any]]


class _Seconds(_Record):
    select: _Number
    label: _Number
    train: _Number
    evaluate: _Number
    other: _Number


class _Stats(BaseModel):
    """Any columns of al_stats; all are numbers."""

    model_config = ConfigDict(strict=True, extra="allow")
    __pydantic_extra__: dict[str, int | _Number | None]
    num_total_labeled: _Count


class _Stability(_Record):
    predicted: list[_Count]


class _Step(_Record):
    ids: list[_Count]
    names: list[str]
    confidences: list[_Number]
    labels: list[Any]
    right: int | None


class _Round(_Record):
    type: Literal["round"]
    round: _Count
    weights_sha256: str
    has_best: bool
    seconds: _Seconds
    stats: _Stats
    selected: list[_Pick]
    pseudo_labelled: list[_Count] = []
    stability: _Stability | None = None
    kept_epoch: int | None = None
    classes_sha256: str = ""
    epochs: list[Annotated[list[_Number | None], Field(max_length=4)]] = []
    classes: list[list[int | _Number]] = []
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
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'the record'}: {first['msg']}"
    if isinstance(known, _Header) != (place == 0):
        return "the header is the first record, and no other is one"
    return None
