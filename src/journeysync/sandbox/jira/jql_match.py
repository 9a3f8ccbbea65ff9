"""From a JQL tree to a test of one issue and an order key. Names and dates are resolved once, before the first row.

A date in quotes is read in the caller's time zone and to the minute, an unquoted number as epoch milliseconds, `-5m`
as counted back from now: exactly the trap that Jira sets.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from journeysync.sandbox.jira.adf import plain_text
from journeysync.sandbox.jira.answers import refuse
from journeysync.sandbox.jira.issue import Facts, Issue
from journeysync.sandbox.jira.jql import Clause, Node, Query, Value

Test = Callable[[Issue], bool]
_ALIASES = {
    "type": "issuetype",
    "issue": "key",
    "issuekey": "key",
    "updateddate": "updated",
    "createddate": "created",
    "label": "labels",
}
_TERMS: dict[str, Callable[[Facts], Collection[str]]] = {
    "project": lambda facts: facts.project,
    "issuetype": lambda facts: facts.issuetype,
    "status": lambda facts: facts.status,
    "statuscategory": lambda facts: facts.category,
    "priority": lambda facts: facts.priority,
    "resolution": lambda facts: facts.resolution,
    "labels": lambda facts: facts.labels,
    "parent": lambda facts: facts.parent,
    "id": lambda facts: (facts.id,),
    "key": lambda facts: (facts.key.lower(), facts.id),
}
_CHECKED = frozenset({"project", "issuetype", "status", "statuscategory", "priority", "resolution"})
_TIMES: dict[str, Callable[[Facts], int]] = {
    "updated": lambda facts: facts.updated,
    "created": lambda facts: facts.created,
}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
}
_FORMATS = ("%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%Y-%m-%d")
_PERIOD = re.compile(r"[+-]?(?:\d+[wdhm]\s*)+", re.IGNORECASE)
_UNITS = {"w": 7 * 86_400, "d": 86_400, "h": 3_600, "m": 60}


@dataclass(frozen=True)
class Site:
    """What a query is read against: the clock and zone of the caller, and the names that exist for them.

    `known` returns the terms (lower case) of a field that only takes existing names; `issue_exists` looks up a key or
    id; `custom` turns a name or `cf[...]` into a field id.
    """

    now: float
    zone: ZoneInfo
    known: Callable[[str], Collection[str]]
    issue_exists: Callable[[str], Issue | None]
    custom: Callable[[str], str | None]


def compile_test(query: Query, site: Site) -> Test:
    """Return the test of the query's where part; refused where a field or a value does not exist."""
    return _node(query.where, site) if query.where is not None else lambda _: True


def compile_order(query: Query, site: Site) -> Callable[[Issue], Any]:
    """Return the order key of an issue; the newest id comes first where the query names no order."""
    if not query.order:
        return lambda issue: (-issue.facts.number,)
    parts = [(_order_part(field, site), descending) for field, descending in query.order]

    def key(issue: Issue) -> Any:
        values = [_Down(part(issue)) if descending else part(issue) for part, descending in parts]
        return (*values, issue.facts.number)

    return key


def is_relative(node: Node | None) -> bool:
    """Say whether a query counts from now, so that its rows depend on the clock."""
    if isinstance(node, Clause):
        return any(value.function or _PERIOD.fullmatch(value.text) for value in node.values)
    return node is not None and any(is_relative(part) for part in node.parts)


def _node(node: Node, site: Site) -> Test:
    if isinstance(node, Clause):
        return _clause(node, site)
    tests = [_node(part, site) for part in node.parts]
    if node.word == "not":
        inner = tests[0]
        return lambda issue: not inner(issue)
    if node.word == "and":
        return lambda issue: all(test(issue) for test in tests)
    return lambda issue: any(test(issue) for test in tests)


def _clause(clause: Clause, site: Site) -> Test:
    name = _ALIASES.get(clause.field.lower(), clause.field.lower())
    if name in _TIMES:
        return _time_test(clause, name, site)
    if name in _TERMS:
        return _term_test(clause, name, site)
    if name in ("summary", "description", "text"):
        return _text_test(clause, name)
    field = site.custom(clause.field)
    if field is None:
        raise refuse(400, f"Field '{clause.field}' does not exist or you do not have permission to view it.")
    return _custom_test(clause, field)


def _term_test(clause: Clause, name: str, site: Site) -> Test:
    terms = _TERMS[name]
    if clause.operator in ("is", "is not"):
        wanted_empty = clause.operator == "is"
        return lambda issue: (not terms(issue.facts)) == wanted_empty
    if any(value.text.lower() in ("empty", "null") and not value.quoted for value in clause.values):
        return _term_test(Clause(clause.field, "is" if clause.operator in ("=", "in") else "is not", ()), name, site)
    if clause.operator not in ("=", "!=", "in", "not in"):
        if name == "key" and clause.operator in _COMPARE:
            return _key_test(clause)
        raise refuse(400, f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.")
    wanted = frozenset(term for value in clause.values for term in _resolve(clause.field, name, value, site))
    if clause.operator in ("=", "in"):
        return lambda issue: not wanted.isdisjoint(terms(issue.facts))
    if name in ("labels", "parent", "resolution", "priority"):  # Jira: `!=` does not match what is empty
        return lambda issue: bool(terms(issue.facts)) and wanted.isdisjoint(terms(issue.facts))
    return lambda issue: wanted.isdisjoint(terms(issue.facts))


def _resolve(field: str, name: str, value: Value, site: Site) -> tuple[str, ...]:
    text = value.text.lower()
    if name in _CHECKED and text not in site.known(name):
        raise refuse(400, f"The value '{value.text}' does not exist for the field '{field}'.")
    if name in ("id", "key"):
        found = site.issue_exists(value.text)
        if found is None and value.text.isdigit():
            raise refuse(400, f"A value with ID '{value.text}' does not exist for the field '{field}'.")
        if found is None:
            raise refuse(400, f"An issue with key '{value.text}' does not exist for field '{field}'.")
        return (found.id,)
    if name == "parent":
        found = site.issue_exists(value.text)
        if found is None:
            raise refuse(400, f"The value '{value.text}' does not exist for the field 'parent'.")
        return (found.id, found.key.lower())
    return (text,)


def _key_test(clause: Clause) -> Test:
    project, _, number = clause.values[0].text.upper().rpartition("-")
    compare = _COMPARE[clause.operator]
    order = (project, int(number) if number.isdigit() else 0)
    return lambda issue: issue.facts.key_order[0].upper() == project and compare(issue.facts.key_order, order)


def _time_test(clause: Clause, name: str, site: Site) -> Test:
    if clause.operator in ("is", "is not"):
        return lambda _: clause.operator == "is not"
    if clause.operator not in _COMPARE:
        raise refuse(400, f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.")
    moment, compare, bound = _TIMES[name], _COMPARE[clause.operator], _bound(clause, site)
    return lambda issue: compare(moment(issue.facts), bound)


def _bound(clause: Clause, site: Site) -> int:
    text = clause.values[0].text.strip()
    if clause.values[0].function:
        return _function(text, site)
    if not clause.values[0].quoted and text.lstrip("-").isdigit():
        return int(text)
    if _PERIOD.fullmatch(text):
        sign = -1 if text.startswith("-") else 1
        seconds = sum(int(number) * _UNITS[unit.lower()] for number, unit in re.findall(r"(\d+)([wdhm])", text, re.I))
        return round((site.now + sign * seconds) * 1_000)
    for form in _FORMATS:
        try:
            return round(datetime.strptime(text, form).replace(tzinfo=site.zone).timestamp() * 1_000)
        except ValueError:
            continue
    raise refuse(
        400,
        f"Date value '{text}' for field '{clause.field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
        "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.",
    )


def _function(text: str, site: Site) -> int:
    name, _, argument = text.rstrip(")").partition("(")
    now = datetime.fromtimestamp(site.now, tz=site.zone)
    if name.lower() == "now" and not argument:
        return round(site.now * 1_000)
    if name.lower() == "startofday" and re.fullmatch(r"(-?\d+d?)?", argument):
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return round((midnight + timedelta(days=int(argument.rstrip("d") or "0"))).timestamp() * 1_000)
    raise refuse(400, f"Unable to find JQL function '{text}'.")


def _text_test(clause: Clause, name: str) -> Test:
    if clause.operator not in ("~", "!~"):
        raise refuse(400, f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.")
    words = re.findall(r"\w+", clause.values[0].text.lower())
    fields = ("summary", "description") if name == "text" else (name,)

    def found(issue: Issue) -> bool:
        values = [issue.value(field) for field in fields]
        text = " ".join(plain_text(value) if isinstance(value, dict) else str(value or "") for value in values).lower()
        return all(word in text for word in words) == (clause.operator == "~")

    return found


def _custom_test(clause: Clause, field: str) -> Test:
    if clause.operator in ("is", "is not"):
        wanted_empty = clause.operator == "is"
        return lambda issue: (issue.value(field) in (None, [], "")) == wanted_empty
    texts = {value.text.lower() for value in clause.values}
    if clause.operator in ("in", "not in", "=", "!="):
        positive = clause.operator in ("in", "=")
        return lambda issue: (not texts.isdisjoint(_custom_terms(issue.value(field)))) == positive
    if clause.operator not in _COMPARE:
        raise refuse(400, f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.")
    try:
        bound = float(clause.values[0].text)
    except ValueError:
        raise refuse(400, f"'{clause.values[0].text}' is an invalid number for field '{clause.field}'.") from None
    compare = _COMPARE[clause.operator]
    return lambda issue: isinstance(value := issue.value(field), (int, float)) and compare(value, bound)


def _custom_terms(value: Any) -> frozenset[str]:
    if isinstance(value, list):
        return frozenset(term for each in value for term in _custom_terms(each))
    if isinstance(value, dict):
        return frozenset(str(value[name]).lower() for name in ("id", "value", "name") if name in value)
    if isinstance(value, float) and value.is_integer():
        return frozenset((str(int(value)), str(value)))
    return frozenset() if value is None else frozenset((str(value).lower(),))


def _order_part(field: str, site: Site) -> Callable[[Issue], Any]:
    name = _ALIASES.get(field.lower(), field.lower())
    if name in _TIMES:
        moment = _TIMES[name]
        return lambda issue: moment(issue.facts)
    if name == "key":
        return lambda issue: issue.facts.key_order
    if name == "id":
        return lambda issue: issue.facts.number
    if name in _TERMS:
        terms = _TERMS[name]
        return lambda issue: sorted(terms(issue.facts))
    known = name if name == "summary" else site.custom(field)
    if known is None:
        raise refuse(400, f"Field '{field}' does not exist or you do not have permission to view it.")
    return lambda issue: str(issue.value(known) or "")


class _Down:
    """An order key that runs the other way."""

    __slots__ = ("key",)

    def __init__(self, key: Any) -> None:
        self.key = key

    def __lt__(self, other: "_Down") -> bool:
        return bool(other.key < self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Down) and other.key == self.key

    def __hash__(self) -> int:
        return hash(self.key)
