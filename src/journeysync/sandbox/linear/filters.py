"""Filters of lists: a filter becomes one predicate. Comparators, relations that nest, `and`, `or`, `some`, `every`."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from graphql import GraphQLError

from journeysync.sandbox.linear.answers import extensions
from journeysync.sandbox.linear.things import iso

Test = Callable[[Any], bool]
Get = Callable[[Any], Any]
_DURATION = re.compile(
    r"^(?P<sign>[-+]?)P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?$"
)
_UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)
_TIMES = frozenset(
    {"created_at", "updated_at", "archived_at", "completed_at", "canceled_at", "started_at", "due_date", "ends_at"}
    | {"starts_at"}
)
_COMPARATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "neq": lambda a, b: a != b,
    "in": lambda a, b: a in b,
    "nin": lambda a, b: a not in b,
    "lt": lambda a, b: a is not None and a < b,
    "lte": lambda a, b: a is not None and a <= b,
    "gt": lambda a, b: a is not None and a > b,
    "gte": lambda a, b: a is not None and a >= b,
    "null": lambda a, b: (a is None) == b,
    "contains": lambda a, b: a is not None and b in a,
    "notContains": lambda a, b: a is None or b not in a,
    "startsWith": lambda a, b: a is not None and a.startswith(b),
    "notStartsWith": lambda a, b: a is None or not a.startswith(b),
    "endsWith": lambda a, b: a is not None and a.endswith(b),
    "notEndsWith": lambda a, b: a is None or not a.endswith(b),
    "eqIgnoreCase": lambda a, b: a is not None and a.casefold() == b.casefold(),
    "neqIgnoreCase": lambda a, b: a is None or a.casefold() != b.casefold(),
    "containsIgnoreCase": lambda a, b: a is not None and b.casefold() in a.casefold(),
    "notContainsIgnoreCase": lambda a, b: a is None or b.casefold() not in a.casefold(),
    "containsIgnoreCaseAndAccent": lambda a, b: a is not None and b.casefold() in a.casefold(),
    "startsWithIgnoreCase": lambda a, b: a is not None and a.casefold().startswith(b.casefold()),
}


class Filters:
    """Compiles filters.

    Args:
        now: The site's time, for durations such as ``-P2W``.
        read: Returns the value of a field (snake case) of a thing; the site may know better than the thing itself.
    """

    def __init__(self, now: Callable[[], float], read: Callable[[Any, str], Any]) -> None:
        self._now = now
        self._read = read

    def test(self, given: Mapping[str, Any] | None) -> Test:
        """Return the predicate of a filter; everything passes an empty one."""
        tests = [self._part(name, condition) for name, condition in (given or {}).items() if condition is not None]
        if len(tests) == 1:
            return tests[0]
        return lambda thing: all(test(thing) for test in tests)

    def _part(self, name: str, condition: Any) -> Test:
        if name in ("and", "or"):
            tests = [self.test(each) for each in condition]
            return (lambda x: all(t(x) for t in tests)) if name == "and" else (lambda x: any(t(x) for t in tests))
        field = _snake(name)
        if set(condition) & {"some", "every", "length"}:
            return self._of_many(field, condition)
        if set(condition) <= set(_COMPARATORS):
            return self._compared(field, condition)
        inner = self.test({key: value for key, value in condition.items() if key != "null"})
        if condition.get("null"):
            return lambda thing: self._read(thing, field) is None
        return lambda thing: (found := self._read(thing, field)) is not None and inner(found)

    def _compared(self, field: str, condition: Mapping[str, Any]) -> Test:
        tests: list[Test] = []
        for name, value in condition.items():
            if value is None:
                continue
            wanted = self._wanted(field, value)
            tests.append(self._comparator(_COMPARATORS[name], field, wanted, is_id=field == "id"))
        return lambda thing: all(test(thing) for test in tests)

    def _comparator(self, compare: Callable[[Any, Any], bool], field: str, wanted: Any, *, is_id: bool) -> Test:
        if is_id and isinstance(wanted, frozenset):
            return lambda thing: compare(thing.id, wanted) or compare(getattr(thing, "identifier", thing.id), wanted)
        return lambda thing: compare(self._read(thing, field), wanted)

    def _wanted(self, field: str, value: Any) -> Any:
        if isinstance(value, list):
            each = [self._wanted(field, one) for one in value]
            return frozenset(each)
        if field in _TIMES and isinstance(value, str):
            return self._moment(value)
        return value

    def _of_many(self, field: str, condition: Mapping[str, Any]) -> Test:
        tests: list[Test] = []
        if condition.get("some") is not None:
            some = self.test(condition["some"])
            tests.append(lambda thing: any(some(each) for each in self._read(thing, field)))
        if condition.get("every") is not None:
            every = self.test(condition["every"])
            tests.append(lambda thing: all(every(each) for each in self._read(thing, field)))
        if condition.get("length") is not None:
            length = [(_COMPARATORS[name], value) for name, value in condition["length"].items()]
            tests.append(lambda thing: all(compare(len(self._read(thing, field)), n) for compare, n in length))
        return lambda thing: all(test(thing) for test in tests)

    def _moment(self, text: str) -> str:
        found = _DURATION.match(text)
        if found is None:
            try:
                at = datetime.fromisoformat(text)
            except ValueError:
                raise GraphQLError(
                    f"Argument Validation Error: {text} is no date", extensions=extensions("INPUT_ERROR")
                ) from None
            return iso((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
        part = {name: int(value or 0) for name, value in found.groupdict().items() if name != "sign"}
        days = part["years"] * 365 + part["months"] * 30 + part["weeks"] * 7 + part["days"]
        span = timedelta(days=days, hours=part["hours"], minutes=part["minutes"], seconds=part["seconds"])
        return iso(self._now() + (-1 if found["sign"] == "-" else 1) * span.total_seconds())


def is_uuid(text: str) -> bool:
    """Return whether a text has the form of a UUID."""
    return _UUID.match(text) is not None


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", lambda found: "_" + found[1].lower(), name)
