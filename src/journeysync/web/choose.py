"""Which sign-in the page has, from ``serve:`` in journeysync.yaml. A page that others reach is never without one."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from journeysync.app.holding import Held
from journeysync.config import Settings
from journeysync.config.serve import LOOPBACK_NAMES, Roles, Serve, client_secret, is_loopback
from journeysync.errors import ConfigError
from journeysync.web.access import LOOPBACK, Access
from journeysync.web.oidc import ByOidc
from journeysync.web.sessions import Sessions
from journeysync.web.signin import ByLink, ByProxy


def access_for(held: Held, *, who: str, env: Mapping[str, str], host: str, address: str) -> Access:
    """Return who may do what on the page.

    Args:
        held: The workspace; roles follow its files while the page is served.
        who: Whoever starts the server.
        env: Where the client's secret may be.
        host: The address that the server listens on.
        address: Where a browser finds it there.

    Raises:
        ConfigError: Others would reach it and nobody would have to sign in; or the client's secret cannot be read.
    """
    with held.looking() as workspace:
        settings = workspace.settings
    serve, sign_in = settings.serve, settings.serve.sign_in
    sessions = Sessions(hours=serve.session.hours, idle_minutes=serve.session.idle_minutes)
    cookie = f"journeysync-{settings.workspace_id}"
    if sign_in.kind == "token":
        refuse_open_door(serve, host)
        return ByLink(who, sessions, cookie=cookie)
    names = _names(settings, host)
    if sign_in.kind == "proxy":
        return ByProxy(sign_in, _roles(held), names=names)
    return ByOidc(
        sign_in,
        _roles(held),
        sessions,
        address=settings.public_url or address,
        secret=client_secret(serve, root=settings.root, env=env),
        names=names,
        cookie=cookie,
    )


def refuse_open_door(serve: Serve, host: str) -> None:
    """Stop where others would reach a page on which nobody signs in.

    Raises:
        ConfigError: Says how to sign people in.
    """
    if serve.sign_in.kind == "token" and not is_loopback(host):
        raise ConfigError(
            f"the page would be reached from other machines at {host}, and nobody would have to sign in",
            where="--host",
            next_step="add serve.sign_in with kind oidc or proxy (docs/page.md), or serve on 127.0.0.1",
        )


def _roles(held: Held) -> Callable[[], Roles]:
    def now() -> Roles:
        with held.looking() as workspace:
            return workspace.settings.serve.roles

    return now


def _names(settings: Settings, host: str) -> frozenset[str]:
    """Return the names that the page answers to: those of the settings, and this machine's where it listens there."""
    names = set(settings.serve.hosts)
    public = urlsplit(settings.public_url or "").hostname
    if public:
        names.add(f"[{public}]" if ":" in public else public)
    if is_loopback(host):
        names.update(LOOPBACK)
    elif host not in ("0.0.0.0", "::", *LOOPBACK_NAMES):  # noqa: S104  # it is compared with, nothing listens there
        names.add(f"[{host}]" if ":" in host else host)
    return frozenset(names)
