"""Write the generated parts of docs/cli.md, docs/configuration.md and docs/sql.md; with ``--check`` only compare.

What stands between ``<!-- generated: NAME -->`` and ``<!-- end -->`` comes from the code:
commands and options from the command line itself, keys from the shapes that read the files.
Everything else in these pages is written by hand.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
PART = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main(arguments: list[str]) -> int:
    """Write the pages; return 1 when ``--check`` finds one that is not up to date."""
    stale = []
    for name in ("cli.md", "configuration.md", "sql.md"):
        path = DOCS / name
        before = path.read_text(encoding="utf-8")
        after = filled(before)
        if after != before:
            stale.append(name)
            if "--check" not in arguments:
                path.write_text(after, encoding="utf-8")
    if stale and "--check" in arguments:
        print(f"not up to date: {', '.join(stale)}; run: python docs/generate.py")  # noqa: T201
        return 1
    return 0


def filled(page: str) -> str:
    """Return a page with every generated part written anew."""

    def part(found: re.Match[str]) -> str:
        name = found[2]
        made = {"commands": command_pages, "exit-codes": exit_codes, "views": views}
        body = made[name]() if name in made else keys_of(name)
        return f"{found[1]}\n{body.strip()}\n\n{found[3]}"

    return PART.sub(part, page)


# What keys are for whose name says nearly all of it; a longer ending goes first.
WORDS = {
    "workspace.id": "Made by `init`; stands in every mark that we leave",
    "workspace.name": "What people call it",
    "write_scope.project": "Only these projects",
    "write_scope.label": "Only tickets with one of these labels",
    "when.connection": "Name of a connection",
    "when.project": "Key of a project",
    "when.team": "Team of the vocabulary",
    "when.key": "Key of the ticket itself",
    "when.kind": "epic, story, bug, task ... in our words",
    "when.state": "todo, doing, done, dropped",
    "when.milestone": "Name of a version or milestone",
    "link.journey": "Ids of journeys, where no step fits",
    "link.opportunity": "Ids of opportunities",
    "rules[].id": "Stands in every cause: `rule bill-explained`",
    "rules[].why": "Said as the cause of its links",
    "rules[].owner": "Whom to ask about it",
    "rules[].confidence": "How sure the link is; coverage counts from 0.7",
    "ticket.from": "Which of its opportunities count: the highest, the sum (at most 100), or by share",
    "ticket.inherit": "A ticket without an opportunity takes its nearest ancestor's",
    "write.value": "Whole numbers, or as it was worked out",
    "write.again": "When a score that moved is written again",
    "write.settle": "Points beyond an edge before the band moves",
    "write.at_most_every_days": "Per ticket, for scores; 0 = no limit",
    "guard_rails.themes": "Themes that opportunities may name",
    "defaults.closed": "Whether closed tickets are written to",
    "policy.label": "For labels",
    "policy.field": "For fields",
    "policy.link": "For the link",
    "[].field": "The tracker's own id of the field: customfield_10071",
    "NAME.projects": "By project: what differs",
    "NAME.repositories": "By repository: what differs",
    "teams": "By team: which tickets are theirs, and their words",
    "where.connection": "Of these connections",
    "where.project": "Of these projects",
    "where.label": "With one of these labels",
    "where.component": "With one of these components",
    "unknown_words": "What to do with a kind or state that nobody mapped",
    "counts.confidence_at_least": "Weaker links are not counted",
    "counts.done_within_days": "Work done longer ago is not counted",
    "counts.containers": "Whether an epic counts beside its children",
    "opportunity_score_at_least": "An open opportunity with this score is a need",
    "pain_evidence_at_least": "A pain with this evidence is a need",
    "metric_missed": "A metric beside its target is a need",
    "thin_below": "Fewer open tickets than this are thin",
    "over_served.open_at_least": "So much open work",
    "over_served.score_below": "On a step whose best opportunity scores less",
    "data_older_than_hours": "Then a step is *not known*, never a gap",
    "called": "Team: its own word for this journey",
    "metrics[].better": "Which way is good",
    "metrics[].baseline": "Where it stood at first",
    "metrics[].target": "Where it should be",
    "metrics[].now": "Where it stands",
    "metrics[].on": "When it was measured (2026-10-31)",
    "insights[].says": "In the words of those who said it",
    "insights[].evidence": "0 opinion, 1 one voice, 2 several independent sources, 3 measured",
    "insights[].source": "Where it comes from",
    "insights[].validated": "When somebody checked it",
    "insights[].private": "Never leaves the page: not written into any ticket",
    "insights[].kind": "What hurts, what pleases, what is missing",
    "hits[].key": "Key of a real ticket; alone",
    "hits[].title": "Its title",
    "hits[].body": "Its text",
    "hits[].label": "Its labels",
    "hits[].labels": "The same",
    "hits[].component": "Its components",
    "hits[].components": "The same",
    "hits[].project": "Key of its project",
    "hits[].kind": "Its kind, in our words",
    "hits[].milestone": "Its version or milestone",
    "NAME.closed": "As in `defaults`",
    "lifecycles[].kind": "Whose life it is",
    "phases[].name": "What people call this stretch",
    "votes[].by": "A role, not a person",
    "customer_value": "How much it is worth to customers; leave out what is not known",
    "business_value": "How much it is worth to us; leave out what is not known",
    "effort": "For formulas of your own",
    "objective": "What it is to reach",
    "theme": "One of the guard rails",
    "scored.by": "A role",
    "scored.date": "When",
    "scored.why": "From what",
    "override.because": "The reason",
    "override.until": "The last day it counts",
    "override.by": "A role",
    "override.score": "Instead of the formula's",
    "opportunities[].state": "done and will-not give tickets no score",
    "level": "A micro journey holds steps; it may hang below another one",
    "moment_of_truth": "A step that decides what people think of us",
    "connections": "By name: the accounts on trackers",
}
COMMON = {
    "id": "Lower-case words and hyphens, at most 40; made once, never changed",
    "name": "What people call it; may change any day",
    "was": "Ids it had before; they still work",
    "owner": "A role",
    "personas": "Ids of personas",
    "goal": "What people want, in their words",
    "url": "Its page elsewhere",
    "leads_to": "Ids of journeys that follow",
    "channels": "Where it happens",
    "group": "Personas that belong together",
}


# --- the command line -------------------------------------------------------------------------------------------


def command_pages() -> str:
    """Return one section a command, in the order of ``--help``."""
    import typer

    from journeysync.cli.app import app

    return "\n".join(_command_lines(typer.main.get_command(app), "journeysync"))


def _command_lines(command: Any, path: str) -> Iterator[str]:
    for name in command.list_commands(None):
        inner = command.commands[name]
        yield from _section(inner, f"{path} {name}")
        if hasattr(inner, "commands"):
            yield from _command_lines(inner, f"{path} {name}")


def _section(command: Any, path: str) -> Iterator[str]:
    arguments = [param for param in command.params if param.param_type_name == "argument"]
    options = [param for param in command.params if param.param_type_name == "option" and param.name != "help"]
    does_something = not hasattr(command, "commands") or command.invoke_without_command
    if not does_something:
        return
    usage = " ".join([path, *(_metavar(argument) for argument in arguments), *(["[OPTIONS]"] if options else [])])
    yield f"### `{usage}`\n"
    yield f"{' '.join((command.help or '').split())}\n"
    if arguments or options:
        yield "| | default | |"
        yield "|---|---|---|"
        for param in (*arguments, *options):
            what = (param.help or "").replace("|", "\\|")
            yield f"| {_names(param)} | {_default(param)} | {what} |"
        yield ""


def _metavar(argument: Any) -> str:
    if argument.metavar:
        return str(argument.metavar)
    name = argument.name.upper()
    return name if argument.required else f"[{name}]"


def _names(param: Any) -> str:
    if param.param_type_name == "argument":
        return f"`{_metavar(param).strip('[].')}`"
    return " ".join(f"`{name}`" for name in sorted(param.opts, key=len, reverse=True))


def _default(param: Any) -> str:
    value = param.default
    if (
        value is None
        or value is False
        or value == ()
        or value == []
        or callable(value)
        or str(value) == "Sentinel.UNSET"
    ):
        return ""
    return f"`{getattr(value, 'value', value)}`"


def exit_codes() -> str:
    """Return the frozen exit codes as a table."""
    from journeysync.errors import ExitCode

    says = {
        ExitCode.DONE: "done",
        ExitCode.ERROR: "an error, or an expectation that does not hold",
        ExitCode.CHANGES_PENDING: "changes are pending (`plan --detailed-exitcode` only)",
        ExitCode.PARTLY: "partly done: single tickets failed, or one connection of several",
        ExitCode.AUTH: "the tracker does not accept the account, or does not allow it that",
        ExitCode.BRAKE: "stopped by a brake, or a plan file that no longer holds",
        ExitCode.USAGE: "usage or configuration: the command line or a file has to be corrected",
        ExitCode.TRY_LATER: "try later: outage, rate limit, another run at work",
        ExitCode.INTERRUPTED: "interrupted (Ctrl-C); the next run goes on",
    }
    return "\n".join(["| code | means |", "|---|---|", *(f"| {int(code)} | {says[code]} |" for code in ExitCode)])


def views() -> str:
    """Return the views that people read with SQL, a table each."""
    from journeysync.store.views import VIEWS

    parts = []
    for name, (row, columns) in VIEWS.items():
        rows = [f"| `{column}` | {says} |" for column, says in columns.items()]
        parts.append("\n".join([f"## {name}", "", f"{row}.", "", "| column | means |", "|---|---|", *rows]))
    return "\n\n".join(parts)


# --- the files --------------------------------------------------------------------------------------------------


def keys_of(kind: str) -> str:
    """Return the keys of one kind of file as a table; a shape that comes up again is told once."""
    from journeysync.config import schemas

    schema = schemas()[kind]
    rows = ["| key | what it takes | default | what for |", "|---|---|---|---|"]
    told: dict[str, str] = {}
    for path, node, required in _keys(schema, schema, "", told):
        default = "**required**" if required else _shown_default(node)
        same = next((told[ref] for ref in _references(node) if told.get(ref, path) != path), "")
        what = _describe(node, schema, path)
        if same:
            what = f"{what}; keys as in `{same}`" if what else f"Keys as in `{same}`"
        cells = (f"`{path}`", _takes(node, schema), default, what.replace("``", "`").replace("<", "&lt;"))
        rows.append(f"| {' | '.join(text.replace('|', chr(92) + '|') for text in cells)} |")
    return "\n".join(rows)


def _keys(node: Any, schema: Any, path: str, told: dict[str, str]) -> Iterator[tuple[str, Any, bool]]:
    """Yield (path, schema, required) of every key below a node; notes in ``told`` where each shape stands."""
    for name, inner in node.get("properties", {}).items():
        at = f"{path}.{name}" if path else name
        fresh = [ref for ref in _references(inner) if told.setdefault(ref, at) == at]
        yield at, inner, name in node.get("required", ())
        yield from _inside(inner, schema, at, told, fresh)
    for inner in _free_keys(node):
        at = f"{path}.NAME" if path else "NAME"
        fresh = [ref for ref in _references(inner) if told.setdefault(ref, at) == at]
        if not fresh and _references(inner):
            yield at, inner, False
        yield from _inside(inner, schema, at, told, fresh)


def _inside(
    node: Any, schema: Any, path: str, told: dict[str, str], fresh: list[str]
) -> Iterator[tuple[str, Any, bool]]:
    for shape, is_list in _shapes(node):
        if "$ref" not in shape or shape["$ref"] in fresh:
            yield from _keys(_resolved(shape, schema), schema, f"{path}[]" if is_list else path, told)


def _references(node: Any) -> list[str]:
    return [shape["$ref"] for shape, _ in _shapes(node) if "$ref" in shape]


def _shapes(node: Any) -> Iterator[tuple[Any, bool]]:
    """Yield the shapes that a value may have, and whether it is a list of them."""
    choices = node.get("anyOf") or node.get("oneOf") or [node]
    for choice in choices:
        if choice.get("type") == "array":
            yield from ((inner, True) for inner, _ in _shapes(choice.get("items", {})))
        else:
            yield choice, False


def _free_keys(node: Any) -> list[Any]:
    free = list(node.get("patternProperties", {}).values())
    return free + ([node["additionalProperties"]] if isinstance(node.get("additionalProperties"), dict) else [])


def _resolved(node: Any, schema: Any) -> Any:
    reference = node.get("$ref")
    return schema["$defs"][reference.rpartition("/")[2]] if reference else node


def _describe(node: Any, schema: Any, path: str) -> str:
    if node.get("description"):
        return str(node["description"])
    for shape, _ in _shapes(node):
        target = _resolved(shape, schema)
        if target.get("description"):
            return str(target["description"]).partition("\n")[0].rstrip(".")
    name = path.rpartition(".")[2].removesuffix("[]")
    return next((says for ending, says in WORDS.items() if path.endswith(ending)), COMMON.get(name, ""))


def _takes(node: Any, schema: Any) -> str:
    said: list[str] = []
    for choice in node.get("anyOf") or node.get("oneOf") or [node]:
        word = _word(choice, schema)
        if word and word not in said:
            said.append(word)
    return " or ".join(said)


def _word(node: Any, schema: Any) -> str:
    target = _resolved(node, schema)
    if "enum" in target:
        return ", ".join(f"`{value}`" for value in target["enum"])
    if "const" in target:
        return f"`{target['const']}`"
    kind = target.get("type", "")
    if kind == "array":
        return f"list of {_takes(target.get('items', {}), schema) or 'anything'}"
    if kind in ("integer", "number"):
        return f"{'whole number' if kind == 'integer' else 'number'}{_range(target)}"
    words = {"string": "text", "boolean": "true or false", "object": "keys", "null": ""}
    return words.get(kind, "keys" if "properties" in target else "anything")


def _range(node: Any) -> str:
    low, high = node.get("minimum"), node.get("maximum")
    if low is not None and high is not None:
        return f" {low:g} to {high:g}"
    return f" from {low:g}" if low is not None else ""


def _shown_default(node: Any) -> str:
    import json

    value = node.get("default")
    if value is None or value in ([], {}, "") or isinstance(value, dict):
        return ""
    return f"`{value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}`"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
