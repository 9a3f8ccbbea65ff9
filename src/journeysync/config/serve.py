"""``serve:`` of journeysync.yaml: where the page listens, how people sign in, and who may do what there."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field

from journeysync.config.secrets import check_reference, resolve
from journeysync.model.base import Model
from journeysync.sources.node import Mapping as MappingNode
from journeysync.sources.node import Node, at, meaning_of
from journeysync.sources.problem import Problem, listed, shown
from journeysync.sources.shape import Texts

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1", "[::1]")
GROUP = "group:"
"""How a group is told from a person in ``roles``."""
EVERYBODY = "*"
NEEDED = {"token": (), "oidc": ("issuer", "client_id"), "proxy": ("user_header",)}
ONLY_FOR = {
    **dict.fromkeys(("issuer", "client_id", "client_secret", "scopes", "name_claim", "groups_claim"), "oidc"),
    **dict.fromkeys(("user_header", "groups_header", "peers"), "proxy"),
}


class SignIn(Model):
    """How people sign in."""

    kind: Annotated[
        Literal["token", "oidc", "proxy"],
        Field(description="token: the link that `serve` prints, once; oidc: your identity provider; proxy: a header"),
    ] = "token"
    issuer: Annotated[str, Field(description="oidc: address of the provider, as its discovery document says it")] = ""
    client_id: Annotated[str, Field(description="oidc: our name at the provider")] = ""
    client_secret: Annotated[
        dict[str, Any],
        BeforeValidator(meaning_of),
        Field(description="oidc: by reference only; left out for a public client"),
    ] = Field(default_factory=dict)
    scopes: Annotated[Texts, Field(description="oidc: what is asked for")] = ("openid", "profile", "email")
    name_claim: Annotated[str, Field(description="oidc: the claim that names a person in roles and in the trail")] = (
        "email"
    )
    groups_claim: Annotated[str, Field(description="oidc: the claim that lists a person's groups")] = "groups"
    user_header: Annotated[str, Field(description="proxy: the header that names the person")] = ""
    groups_header: Annotated[str, Field(description="proxy: the header that lists groups, between commas")] = ""
    peers: Annotated[Texts, Field(description="proxy: addresses or networks whose headers count")] = (
        "127.0.0.1",
        "::1",
    )


class Roles(Model):
    """Who may do what: names, `group:NAME`, or `*` for everybody who signed in. Each may what those before may."""

    viewer: Annotated[Texts, Field(description="Look")] = (EVERYBODY,)
    reviewer: Annotated[Texts, Field(description="Decide about links and rows of the inbox")] = ()
    approver: Annotated[Texts, Field(description="Approve a plan: let it be written")] = ()
    admin: Annotated[Texts, Field(description="Read connections anew, test them, see settings in full")] = ()


class Session(Model):
    """How long a sign-in holds."""

    hours: Annotated[int, Field(ge=1, le=168, description="At most, whatever somebody does")] = 12
    idle_minutes: Annotated[int, Field(ge=5, description="After this long without a request")] = 240


class Serve(Model):
    """The page."""

    host: Annotated[str, Field(min_length=1, description="Address to listen on")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="0 takes a free one")] = 8320
    hosts: Annotated[Texts, Field(description="Names that it answers to, besides that of public_url")] = ()
    sign_in: SignIn = SignIn()
    roles: Roles = Roles()
    session: Session = Session()


def is_loopback(host: str) -> bool:
    """Return whether an address to listen on is reached from this machine only."""
    if host in LOOPBACK_NAMES:
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_serve(file: Serve, node: Node, *, public_url: str | None, found_upwards: bool) -> Iterator[Problem]:
    """Yield what is wrong with ``serve``; no message holds a secret.

    Args:
        file: As written.
        node: The tree of journeysync.yaml.
        public_url: Where people reach the page; OIDC leads back there.
        found_upwards: Nobody named the file, so a secret by ``command`` is refused.
    """
    sign_in = file.sign_in
    tree = _below(node, "serve", "sign_in")
    given = tuple(tree.entries) if tree else ()
    where = at(node, ("serve", "sign_in")).where
    if missing := [key for key in NEEDED[sign_in.kind] if not getattr(sign_in, key)]:
        says = f"serve.sign_in: the kind {sign_in.kind} needs {', '.join(missing)} too"
        yield Problem(where=where, says=says, allowed=listed(("kind", *NEEDED[sign_in.kind])))
    for key in given:
        if ONLY_FOR.get(key, sign_in.kind) != sign_in.kind:
            says = f"serve.sign_in.{key} is for the kind {ONLY_FOR[key]} only, and this is {sign_in.kind}"
            yield Problem(where=at(node, ("serve", "sign_in", key)).where, says=says, next_step="take it out")
    if tree is not None and (secret := tree.get("client_secret")) is not None:
        yield from check_reference(secret, "serve.sign_in.client_secret", found_upwards=found_upwards)
    if sign_in.kind == "oidc":
        yield from _check_issuer(sign_in.issuer, at(node, ("serve", "sign_in", "issuer")).where)
    if sign_in.kind == "proxy":
        yield from _check_peers(sign_in.peers, at(node, ("serve", "sign_in", "peers")).where)
    yield from _check_reach(file, node, public_url)


def _check_issuer(issuer: str, where: str) -> Iterator[Problem]:
    parts = urlsplit(issuer)
    if not issuer or (parts.scheme == "https" and parts.hostname):
        return
    if parts.scheme == "http" and is_loopback(parts.hostname or ""):
        return
    says = f"serve.sign_in.issuer is no https address: {shown(issuer)}"
    yield Problem(where=where, says=says, allowed="https://..., or http://127.0.0.1 for a trial")


def _check_peers(peers: tuple[str, ...], where: str) -> Iterator[Problem]:
    for peer in peers:
        try:
            network = ip_network(peer, strict=False)
        except ValueError:
            allowed = "an address or a network: 10.0.0.7, 10.0.0.0/24"
            yield Problem(where=where, says=f"serve.sign_in.peers: {shown(peer)} is no address", allowed=allowed)
            continue
        if network.prefixlen == 0:
            says = f"serve.sign_in.peers: {shown(peer)} lets anybody say who they are"
            yield Problem(where=where, says=says, next_step="name the address of your proxy only")


def _check_reach(file: Serve, node: Node, public_url: str | None) -> Iterator[Problem]:
    """Yield what leaves the page open to others, or makes sign-in impossible."""
    kind, where = file.sign_in.kind, at(node, ("serve", "host")).where
    if kind == "token" and not is_loopback(file.host):
        says = f"serve.host {shown(file.host)} is reached from other machines, and nobody would have to sign in"
        step = "add serve.sign_in with kind oidc or proxy (docs/page.md), or listen on 127.0.0.1"
        yield Problem(where=where, says=says, next_step=step)
    if kind == "oidc" and not public_url and not is_loopback(file.host):
        says = "serve.sign_in: OIDC leads people back to public_url, and there is none"
        yield Problem(where=at(node, ("serve", "sign_in")).where, says=says, next_step="set public_url: https://...")
    tree = _below(node, "serve", "roles")
    if kind == "token" and tree is not None:
        says = "serve.roles says who may do what, and with the one-time link nobody says who they are"
        step = "add serve.sign_in with kind oidc or proxy"
        yield Problem(where=tree.where, says=says, next_step=step, level="warning")


def _below(node: Node, *keys: str) -> MappingNode | None:
    """Return what stands below keys, None where nobody wrote that."""
    found: Node | None = node
    for key in keys:
        found = found.get(key) if isinstance(found, MappingNode) else None
    return found if isinstance(found, MappingNode) else None


def client_secret(serve: Serve, *, root: Path, env: Mapping[str, str]) -> str | None:
    """Read the secret of our OIDC client; None for a public client.

    Raises:
        ConfigError: It cannot be read.
    """
    reference = serve.sign_in.client_secret
    if not reference:
        return None
    return resolve(reference, place="serve.sign_in.client_secret", root=root, env=env).reveal()
