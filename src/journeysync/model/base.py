"""The base of every value: immutable, hashable, no unknown keys."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any, TypeAlias

import msgspec
from pydantic import BaseModel, BeforeValidator, ConfigDict


class Model(BaseModel):
    """Base of every value in the core: immutable, no unknown keys, compared by content."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


JSONScalar: TypeAlias = str | int | float | bool | None
Value: TypeAlias = Any
"""What stands in a slot, as JSON: text, number, true for a label, an object for link and receipt; None = nothing."""


def _pairs(value: object) -> object:
    return tuple(sorted(value.items())) if isinstance(value, Mapping) else value


Pairs = Annotated[tuple[tuple[str, Value], ...], BeforeValidator(_pairs)]
"""A frozen mapping: pairs ordered by key. A plain dict is accepted and turned into it."""


def canonical_json(value: Value) -> bytes:
    """Return the one JSON text of a value: keys sorted, no white space, whole floats as integers.

    Trackers give 92 back as 92.0; both are the same value, so both get the same text.
    """
    return msgspec.json.encode(_whole(value), order="sorted")


_PLAIN = frozenset({str, int, bool, type(None)})


def _whole(value: Value) -> Value:
    if type(value) in _PLAIN:  # most values; asking for abstract types costs ten times as much
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _whole(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(inner) for inner in value]
    return value


def value_hash(value: Value) -> str:
    """Return 16 hex digits that name a value; the same value has the same name in every run and release."""
    return sha256(canonical_json(value)).hexdigest()[:16]
