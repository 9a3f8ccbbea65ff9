"""Ready packs and first workspaces: what ``init`` copies. Nothing that exists is ever overwritten."""

import secrets
import string
from collections.abc import Mapping
from pathlib import Path

from journeysync.config.locate import FILE_NAME
from journeysync.config.store import STATE_FOLDER
from journeysync.errors import ConfigError
from journeysync.sources.document import read_text
from journeysync.sources.node import Scalar, at
from journeysync.sources.problem import nearest, shown

IGNORE_LINE = f"{STATE_FOLDER}/"
MERGE_LINE = "decisions.jsonl merge=union"  # two branches that decided keep the lines of both


def new_workspace_id() -> str:
    """Return a fresh id of 4 characters, a to z and 0 to 9, that nobody can foresee."""
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(4))


def available_packs() -> tuple[str, ...]:
    """Return the names of all packs that `init --pack` can copy, sorted."""
    return tuple(sorted(pack.name for folder in _pack_folders() for pack in folder.iterdir() if _is_pack(pack)))


def pack_folder(name: str) -> Path:
    """Return the folder of a pack.

    Raises:
        ConfigError: There is none of that name.
    """
    for folder in _pack_folders():
        if _is_pack(folder / name) and (folder / name).parent == folder:
            return folder / name
    known = available_packs()
    meant = nearest(name, known)
    step = f"did you mean {meant}?" if meant else "name one of them"
    where = f"packs that come with journeysync: {', '.join(known) or 'none'}"
    raise ConfigError(f"there is no pack {shown(name)}", where=where, next_step=step)


def _pack_folders() -> list[Path]:
    """Return where packs are: in an installed wheel inside the package, in a checkout beside ``src/``."""
    package = Path(__file__).parents[1]
    folders = (package / "packs", package.parent.parent / "mappings")
    return [folder for folder in folders if folder.is_dir()][:1]


def _is_pack(folder: Path) -> bool:
    return (folder / FILE_NAME).is_file()


def copy_pack(name: str, target: Path, *, workspace_id: str) -> tuple[Path, ...]:
    """Copy a pack into a folder, with a workspace id of its own.

    Args:
        name: One of ``available_packs()``.
        target: The workspace's folder; made if it is missing.
        workspace_id: From ``new_workspace_id()``.

    Returns:
        The files written, sorted.

    Raises:
        ConfigError: No such pack, or files of its names exist already: all are named, and nothing was written.
    """
    source = pack_folder(name)
    files = {
        path.relative_to(source): path.read_bytes() for path in sorted(source.rglob("*")) if _belongs(path, source)
    }
    config = Path(FILE_NAME)
    files[config] = with_workspace_id(files[config].decode("utf-8"), workspace_id).encode("utf-8")
    return _write(files, target)


def _belongs(path: Path, source: Path) -> bool:
    return path.is_file() and not any(part.startswith((".", "__")) for part in path.relative_to(source).parts)


def write_first_workspace(target: Path, *, workspace_id: str) -> tuple[Path, ...]:
    """Write a small commented workspace to start from; see ``copy_pack``."""
    texts = {Path(name): text.encode("utf-8") for name, text in FIRST_FILES.items()}
    config = Path(FILE_NAME)
    texts[config] = with_workspace_id(texts[config].decode("utf-8"), workspace_id).encode("utf-8")
    return _write(texts, target)


def with_workspace_id(text: str, workspace_id: str) -> str:
    """Return a journeysync.yaml with another workspace id; comments and everything else stay as they are."""
    root, _ = read_text(text, FILE_NAME)
    node = at(root, ("workspace", "id")) if root is not None else None
    if not isinstance(node, Scalar):
        raise ConfigError("the pack has no workspace id", where=FILE_NAME, next_step="write `workspace: {id: ...}`")
    lines = text.splitlines(keepends=True)
    line, start = lines[node.line - 1], node.column - 1
    end = start + len(node.text) + (0 if node.plain else 2)
    lines[node.line - 1] = line[:start] + workspace_id + line[end:]
    return "".join(lines)


def _write(files: Mapping[Path, bytes], target: Path) -> tuple[Path, ...]:
    taken = [path.as_posix() for path in files if (target / path).exists()]
    if taken:
        what = "these files exist already, and init never overwrites: " + ", ".join(taken)
        raise ConfigError(what, where=str(target), next_step="choose an empty folder, or move them away")
    try:
        for path, content in files.items():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_bytes(content)
        ignored = (*_add_line(target / ".gitignore", IGNORE_LINE), *_add_line(target / ".gitattributes", MERGE_LINE))
    except OSError as error:
        what = f"the workspace cannot be written: {error.strerror or type(error).__name__}"
        raise ConfigError(what, where=str(error.filename or target), next_step="choose another folder") from error
    return tuple(sorted((*(target / path for path in files), *ignored)))


def _add_line(path: Path, line: str) -> tuple[Path, ...]:
    """Write a file of git's with our line, or add it to the one that is there."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    if line in before.splitlines():
        return ()
    gap = "" if not before or before.endswith("\n") else "\n"
    path.write_text(f"{before}{gap}{line}\n", encoding="utf-8")
    return (path,)


FIRST_FILES = {
    FILE_NAME: """\
# The workspace: who we are, which trackers we read, and how far journeysync may go.
workspace: {id: demo, name: My company}    # the id stands in every mark that we leave; keep it

# public_url: https://journeys.example.com # where the links in tickets lead; without it no link is written
time_zone: UTC                             # for weeks, schedules and reports, like Europe/Vienna
journeys: [journeys/]

# Take the # away and write your own words; `journeysync doctor` then says whether it works.
# connections:
#   billing:
#     connector: jira
#     url: https://example.atlassian.net
#     auth: {kind: api-token, user: bot@example.com, token: {env: JIRA_TOKEN}}   # never the token itself
#     scope: {projects: [BILL]}
#     write: plan                          # plan: never written | apply: after a person's yes | sync: by schedule
""",
    "journeys/hierarchy.yaml": """\
# The top of the tree: lifecycle > macro journey. Ids are made once and never change; names may change any day.
lifecycles:
  - id: be-a-customer
    name: Be a customer
    kind: customer                         # customer, employee, client, patient, user
    macro:
      - {id: pay, name: Pay}

personas:
  - {id: first-year, name: People in their first year with us}
""",
    "journeys/opportunities.yaml": """\
# A gap worth solving. Leave out what is not known: unknown is not zero.
opportunities:
  - id: OPP-1
    name: Say why the bill went up
    for: [pay-bill.see-why]
    because: [I-1]
    customer_value: 9                      # 0 to 10
    business_value: 7
""",
    "journeys/pay/pay-bill.yaml": """\
id: pay-bill
name: Understand and pay a bill
parent: pay
personas: [first-year]
phases:
  - name: Understand
    steps:
      - id: see-why                        # in full: pay-bill.see-why
        name: See why it changed
        insights:
          - {id: I-1, kind: pain, says: "The bill is higher and nobody says why", evidence: 1, source: One call}
  - name: Pay
    steps:
      - {id: pay-it, name: Pay it}
""",
    "mappings/rules.yaml": """\
# How tickets find their step. Keys of one mapping are "and", values of one list are "or".
rules:
  - id: bill-explained
    when: {words: ["higher bill", "why the bill"], in: [title]}
    link: {step: pay-bill.see-why, opportunity: OPP-1}
    expect:
      hits: ["Show the reason for a higher bill"]
      misses: ["Upgrade the invoice database"]
""",
}
"""A first workspace, by file name."""
