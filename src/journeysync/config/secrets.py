"""Secrets by reference: ``{env: NAME}``, ``{file: PATH}``, ``{keyring: SERVICE/NAME}``, ``{command: [...]}``.

Settings hold the reference; the secret itself is read when a connection is opened
and lives in a ``Secret`` that never prints itself. A secret that stands in a file
is refused without being repeated in any message.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from journeysync.connector import Secret
from journeysync.errors import ConfigError
from journeysync.sources.node import Listing, Node, Scalar
from journeysync.sources.node import Mapping as MappingNode
from journeysync.sources.problem import Problem

KINDS = ("env", "file", "keyring", "command")
PUBLIC = frozenset(
    {"kind", "user", "username", "email", "app_id", "installation_id", "client_id", "cloud_id", "key_id", "header"}
)
"""Keys of ``auth`` that may stand in the file; every other one is taken for a secret."""
COMMAND_TIMEOUT_SECONDS = 30
_SAFE_KEY = re.compile(r"[a-z][a-z0-9_]{0,30}")
_SECRET_WORD = re.compile(r"secret|token|password|private_key|api_key", re.IGNORECASE)
_FORMS = "{env: NAME}, {file: PATH}, {keyring: SERVICE/NAME} or {command: [...]}"


def check_secrets(connection: MappingNode, *, name: str, found_upwards: bool) -> Iterator[Problem]:
    """Yield what is wrong with the secrets of one connection; no message holds a value.

    Args:
        connection: Its tree. All that stands below ``auth`` is checked, below ``options`` what sounds like a secret.
        name: "connections.billing".
        found_upwards: Nobody named the file, so ``command`` is refused.
    """
    for part in ("auth", "options"):
        tree = connection.get(part)
        if not isinstance(tree, MappingNode):
            continue
        for key, (key_node, value) in tree.entries.items():
            if not _SAFE_KEY.fullmatch(key):
                says = f"a key of {name}.{part} is not a word (is a space missing after ':'?)"
                yield Problem(where=key_node.where, says=says)
            elif _is_secret(part, key) or _looks_like_reference(value):
                yield from check_reference(value, f"{name}.{part}.{key}", found_upwards=found_upwards)


def _looks_like_reference(value: Node) -> bool:
    """Return whether a mapping is meant as a reference; a connector's own mappings, as columns, have other keys."""
    return isinstance(value, MappingNode) and (len(value.entries) < 2 or any(key in KINDS for key in value.entries))


def _is_secret(part: str, key: str) -> bool:
    return key not in PUBLIC if part == "auth" else bool(_SECRET_WORD.search(key))


def check_reference(value: Node, place: str, *, found_upwards: bool) -> Iterator[Problem]:
    """Yield what is wrong with what should be a reference to a secret; ``place`` names it in messages."""
    if not isinstance(value, MappingNode):
        if isinstance(value, Scalar) and value.plain and not value.text:
            yield Problem(where=value.where, says=f"{place} is empty", allowed=_FORMS)
            return
        says = f"{place} holds the secret itself, and secrets stand here by reference only"
        step = "write {env: NAME} instead; and make a new secret, since this one was in a file"
        yield Problem(where=value.where, says=says, allowed=_FORMS, next_step=step)
        return
    kinds = [key for key in value.entries if key in KINDS]
    if len(value.entries) != 1 or not kinds:
        yield Problem(where=value.where, says=f"{place} is not a reference to a secret", allowed=_FORMS)
        return
    below = value.entries[kinds[0]][1]
    if kinds[0] == "command":
        yield from _check_command(below, place, found_upwards=found_upwards)
    elif not isinstance(below, Scalar) or not below.text.strip():
        yield Problem(where=below.where, says=f"{place}.{kinds[0]} must be one word", allowed=_FORMS)


def _check_command(below: Node, place: str, *, found_upwards: bool) -> Iterator[Problem]:
    words = below.items if isinstance(below, Listing) else []
    if not words or not all(isinstance(word, Scalar) and word.text for word in words):
        says = f"{place}.command must be a list of words"
        yield Problem(where=below.where, says=says, allowed="[program, argument, ...]; there is no shell")
    if found_upwards and below.line:
        says = f"{place}.command is not run: this file was found by searching, nobody named it"
        step = "name it with --config or JOURNEYSYNC_CONFIG if you trust it"
        yield Problem(where=below.where, says=says, next_step=step)


def is_reference(value: object) -> bool:
    """Return whether a value is a reference to a secret."""
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in KINDS


def resolve(reference: Mapping[str, Any], *, place: str, root: Path, env: Mapping[str, str]) -> Secret:
    """Read the secret that a reference leads to.

    Args:
        reference: One of the four forms, checked by ``check_secrets``.
        place: "connections.billing.auth.token", for messages.
        root: Folder that files and commands are relative to.
        env: The environment.

    Raises:
        ConfigError: There is none, it is empty, or it could not be read.
    """
    kind, value = next(iter(reference.items()))
    readers = {"env": _from_env, "file": _from_file, "keyring": _from_keyring, "command": _from_command}
    text = readers[kind](value, place, root, env).strip()
    source = kind if kind == "command" else f"{kind} {value}"
    if not text or any(ord(letter) < 32 or ord(letter) == 127 for letter in text if letter not in "\r\n"):
        says = "is empty" if not text else "holds control characters"
        raise ConfigError(f"the secret for {place} {says}", where=source, next_step="put the secret there, and only it")
    return Secret(text, source=source)


def _from_env(value: Any, place: str, _root: Path, env: Mapping[str, str]) -> str:
    text = env.get(str(value))
    if text is None:
        step = f"set it for this command: {value}=... journeysync ..."
        raise ConfigError(f"the environment variable {value} is not set", where=place, next_step=step)
    return text


def _from_file(value: Any, place: str, root: Path, _env: Mapping[str, str]) -> str:
    path = root / Path(str(value)).expanduser()
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        cause = getattr(error, "strerror", None) or "it is not text"
        what = f"the secret file {value} cannot be read: {cause}"
        raise ConfigError(what, where=place, next_step="correct the path, or the file's permissions") from None


def _from_keyring(value: Any, place: str, _root: Path, _env: Mapping[str, str]) -> str:
    try:
        import keyring  # type: ignore[import-not-found,unused-ignore]  # an extra, and slow to import: only who uses it pays
    except ImportError:
        step = 'pip install "journeysync[keyring]"'
        raise ConfigError("keyring is not installed", where=place, next_step=step) from None
    service, _, name = str(value).rpartition("/")
    try:
        text = keyring.get_password(service or "journeysync", name)
    except Exception as error:  # noqa: BLE001  # backends raise what they like, and their text may hold anything
        what = f"the keyring did not answer ({type(error).__name__})"
        raise ConfigError(what, where=place, next_step="unlock it, or use {env: NAME}") from None
    if text is None:
        step = f"keyring set {service or 'journeysync'} {name}"
        raise ConfigError(f"the keyring holds nothing under {value}", where=place, next_step=step)
    return str(text)


def _from_command(value: Any, place: str, root: Path, env: Mapping[str, str]) -> str:
    import subprocess  # only who has a secret by command needs it

    words = [str(word) for word in value]
    try:
        done = subprocess.run(  # noqa: S603  # a person named this file, and no shell is involved
            words, cwd=root, env=dict(env), capture_output=True, timeout=COMMAND_TIMEOUT_SECONDS, check=False, text=True
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        cause = getattr(error, "strerror", None) or type(error).__name__
        what = f"the command {words[0]} gave no secret: {cause}"
        raise ConfigError(what, where=place, next_step="run it by hand to see what is wrong") from None
    if done.returncode:
        what = f"the command {words[0]} gave no secret: it ended with {done.returncode}"
        raise ConfigError(what, where=place, next_step="run it by hand to see what is wrong")
    return done.stdout
