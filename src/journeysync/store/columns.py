"""How values become columns: times as integer microseconds, values as one JSON text, text that both databases hold.

PostgreSQL cannot hold U+0000 in text and neither database can hold half a
surrogate pair, so one rule serves both: in a column that people or SQL search
(key, label, cause ...) such a character becomes U+FFFD. A stored document keeps
U+0000, because JSON spells it ``\\u0000``; half a pair becomes U+FFFD there too.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Dialect, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from journeysync.model.base import Value, canonical_json

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NOT_HELD = re.compile("[\x00\ud800-\udfff]")
_HALF_PAIR = re.compile("[\ud800-\udfff]")


def micros(moment: datetime) -> int:
    """Return an aware time as microseconds since 1970; a naive one is a mistake of the caller (ValueError)."""
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone cannot be stored: {moment!r}")
    return (moment - _EPOCH) // _MICROSECOND


def moment(microseconds: int) -> datetime:
    """Return the aware UTC time of a stored number."""
    return _EPOCH + timedelta(microseconds=microseconds)


def plain(text: str) -> str:
    """Return the text with every character that a text column cannot hold replaced by U+FFFD."""
    if text.isascii() and "\x00" not in text:
        return text
    return _NOT_HELD.sub("�", text)


def whole_pairs(value: Any) -> Any:  # any JSON value, of any depth
    """Return a JSON value in which every half surrogate pair is U+FFFD."""
    if isinstance(value, str):
        return _HALF_PAIR.sub("�", value)
    if isinstance(value, Mapping):
        return {whole_pairs(key): whole_pairs(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [whole_pairs(inner) for inner in value]
    return value


def json_text(value: Value) -> str:
    """Return the canonical JSON text of a value."""
    try:
        return canonical_json(value).decode()
    except UnicodeEncodeError:
        return canonical_json(whole_pairs(value)).decode()


def from_json(text: str) -> Value:
    """Return the value of a stored JSON text."""
    return msgspec.json.decode(text)


class Moment(TypeDecorator[datetime]):
    """An aware UTC time, stored as integer microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002  # the base's
        """Return the number to store."""
        return None if value is None else micros(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the time of a stored number."""
        return None if value is None else moment(value)


class Plain(TypeDecorator[str]):
    """Text that both databases hold alike."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return text in the order of its characters, whatever the language of the database."""
        return Text(collation="C") if dialect.name == "postgresql" else Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  # the base's
        """Return the text to store."""
        return None if value is None else plain(value)
