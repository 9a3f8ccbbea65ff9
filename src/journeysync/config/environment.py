"""Environment variables over journeysync.yaml: ``JOURNEYSYNC_CONNECTIONS__BILLING__URL=...``.

Each ``__`` goes one key deeper, without case. Values are read like YAML words and
lists; a variable is named in messages, its value never is.
"""

from collections.abc import Iterator, Mapping

from journeysync.config.files import ConfigFile
from journeysync.sources.document import read_text
from journeysync.sources.node import Listing, Node, Scalar
from journeysync.sources.node import Mapping as MappingNode
from journeysync.sources.problem import Problem, listed, nearest, shown

PREFIX = "JOURNEYSYNC_"
CONFIG_VARIABLE = "JOURNEYSYNC_CONFIG"


def override(root: MappingNode, env: Mapping[str, str]) -> tuple[Problem, ...]:
    """Put the variables over the tree, in place; return what could not be placed."""
    problems = []
    for name, path in sorted(_overrides(env)):
        known = tuple(ConfigFile.model_fields)
        if path[0] not in known:
            says = f"the environment variable {name} names no key of journeysync.yaml: {shown(path[0])}"
            meant = nearest(path[0], known)
            problems.append(Problem(where=name, says=says, allowed=listed(known), did_you_mean=meant))
            continue
        value, found = _value(name, env[name])
        problems += found
        if value is not None:
            _put(root, path, value, name)
    return tuple(problems)


def _overrides(env: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in env:
        if name.upper().startswith(PREFIX) and name.upper() != CONFIG_VARIABLE:
            path = tuple(name[len(PREFIX) :].casefold().split("__"))
            # one part alone may be anybody's (JOURNEYSYNC_DEBUG): only our own keys count then
            if all(path) and (len(path) > 1 or path[0] in ConfigFile.model_fields):
                yield name, path


def _value(name: str, text: str) -> tuple[Node | None, tuple[Problem, ...]]:
    file = f"environment {name}"
    if text.lstrip()[:1] not in ("[", "{", "'", '"') or not text.strip():
        return Scalar(file, 0, 0, text.strip()), ()
    node, problems = read_text(text, file)
    if problems or node is None:
        says = f"the value of the environment variable {name} is not readable as YAML"
        return None, (Problem(where=file, says=says, next_step="write a word, a [list] or {keys: and values}"),)
    return _without_lines(node), ()


def _without_lines(node: Node) -> Node:
    """Return the tree without line numbers: a variable has none."""
    node.line = node.column = 0
    if isinstance(node, Listing):
        for item in node.items:
            _without_lines(item)
    elif isinstance(node, MappingNode):
        for key, value in node.entries.values():
            _without_lines(key)
            _without_lines(value)
    return node


def _put(root: MappingNode, path: tuple[str, ...], value: Node, name: str) -> None:
    node, file = root, f"environment {name}"
    for part in path[:-1]:
        key = _spelling(node, part)
        below = node.entries[key][1] if key in node.entries else None
        if not isinstance(below, MappingNode):
            below = MappingNode(file, 0, 0)
            node.entries[key] = (Scalar(file, 0, 0, key), below)
        node = below
    last = _spelling(node, path[-1])
    node.entries[last] = (Scalar(file, 0, 0, last), value)


def _spelling(node: MappingNode, part: str) -> str:
    return next((key for key in node.entries if key.casefold() == part), part)
