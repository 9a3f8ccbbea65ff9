"""From a YAML tree to a model: each thing that does not fit becomes a Problem at its exact place.

What is wrong is cut out of the tree and the rest is read again, so that one
misspelt key neither hides the problems below it nor makes the whole file vanish
(which would turn every reference to it into a problem of its own).
"""

import re
import types
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Generic, Literal, TypeVar, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, BeforeValidator, ValidationError
from pydantic_core import ErrorDetails

from journeysync.sources.node import Mapping, Node, Path, Plain, Scalar, at, cut, key_at, words_of
from journeysync.sources.problem import Problem, listed, nearest, shown

M = TypeVar("M", bound=BaseModel)

ROUNDS = 4
"""How often the rest is read again after cutting; each round can only make the tree smaller."""

SYNONYMS = {
    "not": "unless",
    "none": "unless",
    "tag": "label",
    "tags": "label",
    "title": "words",
    "description": "name",
    "persona": "personas",
    "insight": "insights",
    "epic": "under",
    "token": "auth",
    "type": "kind",
    "status": "state",
    "link": "links",
    "targets": "link",
    "value": "customer_value",
    "repo": "repositories",
    "repos": "repositories",
}
"""Keys that people write and that no spelling distance would find; used only where the second word is allowed."""


class Wrong(ValueError):
    """What a validator says about a value: ``says`` is printed after the key's name, ``allowed`` below it."""

    def __init__(self, says: str, *, allowed: str = "", did_you_mean: str = "") -> None:
        super().__init__(says)
        self.says = says
        self.allowed = allowed
        self.did_you_mean = did_you_mean


@dataclass(frozen=True)
class Reading(Generic[M]):
    """What became of one tree: ``value`` is None where nothing could be saved; ``node`` fits it index by index."""

    value: M | None
    node: Node
    problems: tuple[Problem, ...]


def read_as(model: type[M], node: Node) -> Reading[M]:
    """Read a tree as a model.

    Args:
        model: The shape that people write.
        node: The tree; it is cut in place where it does not fit.

    Returns:
        The model of all that fits, the tree that belongs to it, and the problems of the first reading.
    """
    if not isinstance(node, Mapping):
        return Reading(None, node, (Problem(where=node.where, says="the file must hold keys and values"),))
    problems: tuple[Problem, ...] = ()
    rest: Node | None = node
    for round_ in range(ROUNDS):
        if rest is None:
            break
        try:
            return Reading(model.model_validate(words_of(rest)), rest, problems)
        except ValidationError as error:
            errors = error.errors(include_url=False)
        if round_ == 0:
            problems = tuple(problem_of(model, rest, e) for e in errors if not _is_about_broken(rest, e["loc"]))
        rest = _rest(rest, errors)
    return Reading(None, node, problems)


def _rest(node: Node, errors: list[ErrorDetails]) -> Node | None:
    paths = []
    for error in errors:
        parent = at(node, error["loc"][:-1])
        if error["type"] == "missing" and error["loc"][-1] == "name" and isinstance(parent, Mapping):
            unnamed = Scalar(parent.file, parent.line, parent.column, "?", broken=True)
            parent.entries["name"] = (unnamed, unnamed)
        else:
            paths.append(_own_path(error["loc"]))
    return cut(node, paths)


def _own_path(loc: Path) -> Path:
    """Return the location without pydantic's mark for a mapping's key."""
    return loc[:-1] if loc and loc[-1] == "[key]" else loc


def _is_about_broken(node: Node, loc: Path) -> bool:
    found = at(node, loc)
    return isinstance(found, Scalar) and found.broken


def problem_of(model: type[BaseModel], node: Node, error: ErrorDetails) -> Problem:
    """Return one of pydantic's errors as a Problem, in our words and at its place."""
    loc, kind, value = error["loc"], error["type"], error["input"]
    own_loc = loc[:-2] if loc and loc[-1] == "[key]" else loc  # a wrong key is named by the mapping that it stands in
    name = next((part for part in reversed(own_loc) if isinstance(part, str)), "the file")
    if kind == "extra_forbidden":
        return _unknown_key(model, node, loc)
    if kind == "missing":
        return Problem(where=at(node, loc[:-1]).where, says=f"{name} is missing")
    where = key_at(node, loc[:-1]).where if loc and loc[-1] == "[key]" else at(node, loc).where
    wrong = error.get("ctx", {}).get("error")
    if isinstance(wrong, Wrong):
        head = f"{name}: " if name != "the file" else ""
        return Problem(where=where, says=head + wrong.says, allowed=wrong.allowed, did_you_mean=wrong.did_you_mean)
    if value is None:
        return Problem(where=where, says=f"{name} is empty", next_step="write a value, or take the key out")
    return _wrong_value(where, name, kind, value, _Spot.of(model, loc))


def _unknown_key(model: type[BaseModel], node: Node, loc: Path) -> Problem:
    key = str(loc[-1])
    known = _Spot.of(model, loc[:-1]).keys
    says = f"unknown key {shown(key)}"
    meant = nearest(key, known) or (SYNONYMS[key] if SYNONYMS.get(key) in known else "")
    return Problem(where=key_at(node, loc).where, says=says, allowed=listed(known), did_you_mean=meant)


_NEEDED = {
    "string": "a text",
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "bool": "true or false",
    "date": "a date like 2026-10-31",
    "tuple": "a list",
    "list": "a list",
    "dict": "a mapping (keys and values)",
    "model": "a mapping (keys and values)",
    "finite": "a number",
}


def _wrong_value(where: str, name: str, kind: str, value: object, spot: "_Spot") -> Problem:
    said = f"{name} is {shown(value)}" if isinstance(value, str) else f"{name} is {_form(value)}"
    if kind in ("literal_error", "enum"):
        meant = nearest(str(value), spot.words) if isinstance(value, str) else ""
        return Problem(where=where, says=f"{said}: not known", allowed=listed(spot.words), did_you_mean=meant)
    if kind in ("greater_than_equal", "less_than_equal", "greater_than", "less_than"):
        return Problem(where=where, says=f"{said}: out of range", allowed=spot.limits)
    if kind == "string_pattern_mismatch":
        return _wrong_pattern(where, said, str(value), spot)
    if kind == "string_too_long":
        return Problem(where=where, says=f"{said}: too long", allowed=spot.pattern_in_words or "a shorter text")
    if kind == "string_too_short":
        return Problem(where=where, says=f"{name} is empty", next_step="write a value, or take the key out")
    needed = _NEEDED.get(kind.split("_")[0], "another kind of value")
    if needed == _NEEDED["dict"]:
        said = f"{name} is {_form(value)}"  # the word itself may be a secret that stands one level too high
    return Problem(where=where, says=f"{said}, and {needed} is needed")


def _wrong_pattern(where: str, said: str, value: str, spot: "_Spot") -> Problem:
    slug = slug_of(value)
    meant = slug if slug and spot.pattern and re.fullmatch(spot.pattern, slug) else ""
    if not meant and spot.pattern and re.fullmatch(spot.pattern, value.upper()):
        meant = value.upper()
    return Problem(where=where, says=f"{said}: not an id", allowed=spot.pattern_in_words, did_you_mean=meant)


def _form(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping (keys and values)"
    return "a list" if isinstance(value, list | tuple) else "a single word"


_FOLDS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d"})


def slug_of(name: str) -> str:
    """Return an id made from a name: lower-case words and hyphens, at most 40 characters, cut between words.

    "See why it changed" gives "see-why-it-changed"; "" where a name holds no Latin letter or digit.
    """
    text = unicodedata.normalize("NFKD", name.lower().translate(_FOLDS)).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", text.replace("'", ""))
    slug = "-".join(words)
    while len(slug) > 40 and len(words) > 1:
        words.pop()
        slug = "-".join(words)
    return slug[:40]


@dataclass(frozen=True)
class _Spot:
    """What the model expects at one place: its type and its limits."""

    kind: Any  # the type, without Annotated and None
    metadata: tuple[object, ...] = ()

    @classmethod
    def of(cls, model: type[BaseModel], loc: Path) -> "_Spot":
        if loc and loc[-1] == "[key]":
            return _unwrapped(get_args(cls.of(model, loc[:-2]).kind)[0])
        spot = cls(model)
        for part in loc:
            spot = spot.inside(part)
        return spot

    def inside(self, part: str | int) -> "_Spot":
        """Return the spot one step further in."""
        if isinstance(self.kind, type) and issubclass(self.kind, BaseModel):
            for name, info in self.kind.model_fields.items():
                if part in (info.alias, name):
                    return _unwrapped(info.annotation, tuple(info.metadata))
        args = get_args(self.kind)
        if args:
            return _unwrapped(args[1] if get_origin(self.kind) is dict else args[0])
        return _Spot(object)

    @property
    def keys(self) -> tuple[str, ...]:
        if isinstance(self.kind, type) and issubclass(self.kind, BaseModel):
            return tuple(info.alias or name for name, info in self.kind.model_fields.items())
        return ()

    @property
    def words(self) -> tuple[str, ...]:
        if get_origin(self.kind) is Literal:
            return tuple(str(word) for word in get_args(self.kind))
        if isinstance(self.kind, type) and issubclass(self.kind, Enum):
            return tuple(str(member.value) for member in self.kind)
        return ()

    @property
    def limits(self) -> str:
        low = next((_number(m.ge) for m in self.metadata if isinstance(m, Ge)), "")
        high = next((_number(m.le) for m in self.metadata if isinstance(m, Le)), "")
        if low and high:
            return f"{low} to {high}"
        above = next((f"more than {_number(m.gt)}" for m in self.metadata if isinstance(m, Gt)), "")
        below = next((f"less than {_number(m.lt)}" for m in self.metadata if isinstance(m, Lt)), "")
        low, high = (f"{low} or more" if low else above), (f"{high} or less" if high else below)
        return ", ".join(filter(None, (low, high)))

    @property
    def pattern(self) -> str:
        return next((p for m in self.metadata if (p := str(getattr(m, "pattern", None) or ""))), "")

    @property
    def pattern_in_words(self) -> str:
        return PATTERNS.get(self.pattern, f"a text that fits {self.pattern}" if self.pattern else "")


PATTERNS = {
    r"^[a-z0-9]+(-[a-z0-9]+)*$": "lower-case words and hyphens, at most 40 characters",
    r"^[A-Z][A-Z0-9]*-[0-9]+$": "a prefix and a number, like OPP-3",
}
"""Patterns in words; files with a pattern of their own add it here."""


def _unwrapped(annotation: Any, metadata: tuple[object, ...] = ()) -> _Spot:
    while True:
        origin, args = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            annotation, metadata = args[0], metadata + _flat(args[1:])
        elif origin in (Union, types.UnionType):
            annotation = next(arg for arg in args if arg is not type(None))
        else:
            return _Spot(annotation, _flat(metadata))


def _flat(metadata: Iterable[object]) -> tuple[object, ...]:
    """Return metadata with the constraints that stand inside a pydantic Field()."""
    return tuple(inner for m in metadata for inner in (*getattr(m, "metadata", ()), m))


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def one_or_more(value: Any) -> Any:
    """Return a single word as a list of one; what is empty stays empty."""
    return (value,) if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(one_or_more, json_schema_input_type=str | list[str])]
"""A list of texts; a single one may stand without brackets."""


def named(value: Any) -> Any:
    """Return a single word as a mapping with that name."""
    return {"name": value} if isinstance(value, Plain | str) else value
