"""What is said of the site over REST: users, limits, repositories, organisations, apps."""

from journeysync.sandbox.github.access import INSTALLATION
from journeysync.sandbox.github.answers import not_found, refuse, reply
from journeysync.sandbox.github.site import GithubSite
from journeysync.sandbox.github.things import Json, Repository, User
from journeysync.sandbox.wire import ENCODE, Call, Reply

_EMPTY = ("bio", "blog", "company", "email", "hireable", "location", "name")
_ZERO = ("followers", "following", "public_gists", "public_repos", "collaborators", "disk_usage")
_PRIVATE_ZERO = ("owned_private_repos", "private_gists", "total_private_repos")
_PERMISSIONS = {"issues": "write", "metadata": "read", "organization_projects": "write"}


class SiteRoutes:
    """Handlers of `/user`, `/rate_limit`, `/meta`, `/repos/{owner}/{repo}`, `/orgs`, `/app`, `/installation`."""

    def __init__(self, site: GithubSite) -> None:
        self._site = site
        self._state = site.state

    def root(self, call: Call) -> Reply:
        """Return where to begin."""
        base = self._site.base_url(call)
        return reply({"current_user_url": f"{base}/user", "repository_url": f"{base}/repos/{{owner}}/{{repo}}"})

    def me(self, call: Call) -> Reply:
        """Return who calls; an installation is nobody."""
        if call.user.is_anonymous:
            raise refuse(401, "Requires authentication")
        if call.user.kind != "user":
            raise refuse(403, "Resource not accessible by integration")
        shape = self._profile(call, self._state.user(call.user.login))
        return reply(shape | dict.fromkeys(_PRIVATE_ZERO, 0) | {"two_factor_authentication": True})

    def user(self, call: Call) -> Reply:
        """Return a user by login."""
        found = self._state.users.get(call.params["login"].lower())
        if found is None:
            raise not_found()
        return reply(self._profile(call, found))

    def rate_limit(self, call: Call) -> Reply:
        """Return what is left; free of charge. 404 where limits are off."""
        if not self._site.limits.core:
            raise refuse(404, "Rate limiting is not enabled.")
        shapes = {name: self._site.rates.shape(call.user.login, name) for name in ("core", "search", "graphql")}
        return reply({"resources": shapes, "rate": shapes["core"]})

    def meta(self, _call: Call) -> Reply:
        """Return what there is to know of the server; the version tells an Enterprise Server."""
        shape: Json = {"verifiable_password_authentication": False}
        return reply(shape | ({"installed_version": "3.19.1"} if self._site.enterprise else {}))

    # repositories -----------------------------------------------------------------------------------------------

    def repository(self, call: Call) -> Reply:
        """Return a repository."""
        home = self._site.repository(call)
        can_push = self._site.may_push(call.user, home)
        return reply(self._site.renderer(call).repository(home, can_push=can_push, full=True))

    def of_organization(self, call: Call) -> Reply:
        """List the repositories of an organisation that the caller may see."""
        owner = self._organization(call, check_features="")
        found = [home for home in self._state.repositories.values() if home.owner is owner]
        kind = call.arg("type", "all")
        found = [home for home in found if kind not in ("public", "private") or (kind == "public") == home.is_public]
        return self._site.paged(call, self._shown(call, found))

    def of_user(self, call: Call) -> Reply:
        """List all repositories that the caller may see."""
        if call.user.is_anonymous:
            raise refuse(401, "Requires authentication")
        return self._site.paged(call, self._shown(call, list(self._state.repositories.values())))

    def of_installation(self, call: Call) -> Reply:
        """List the repositories of an app's installation."""
        if call.user.kind != "installation":
            raise refuse(403, "You must authenticate with an installation access token in order to list repositories")
        rows = self._shown(call, list(self._state.repositories.values()))
        size, page = self._site.page_of(call)
        body = b",".join(rows[(page - 1) * size : page * size])
        answer = reply(None, headers=self._site.links(call, len(rows)))
        answer.body = b'{"total_count":%d,"repository_selection":"all","repositories":[%b]}' % (len(rows), body)
        return answer

    # organisations ----------------------------------------------------------------------------------------------

    def organization(self, call: Call) -> Reply:
        """Return an organisation."""
        owner = self._organization(call, check_features="")
        url = f"{self._site.base_url(call)}/orgs/{owner.login}"
        below = {f"{name}_url": f"{url}/{name}" for name in ("repos", "events", "hooks", "issues")}
        members = {"members_url": f"{url}/members{{/member}}", "public_members_url": f"{url}/public_members{{/member}}"}
        return reply(self._profile(call, owner) | {"url": url} | below | members)

    def types(self, call: Call) -> Reply:
        """List the issue types of an organisation."""
        owner, render = self._organization(call, check_features="issue_types"), self._site.renderer(call)
        return reply([render.issue_type(each) for each in self._state.types.get(owner.login.lower(), {}).values()])

    def repository_types(self, call: Call) -> Reply:
        """List the issue types that a repository may use."""
        home, render = self._site.repository(call), self._site.renderer(call)
        if "issue_types" not in self._state.features:
            raise not_found()
        return reply([render.issue_type(each) for each in self._state.types.get(home.owner.login.lower(), {}).values()])

    def fields(self, call: Call) -> Reply:
        """List the issue fields of an organisation."""
        owner, render = self._organization(call, check_features="issue_fields"), self._site.renderer(call)
        return reply([render.issue_field(each) for each in self._state.fields.get(owner.login.lower(), {}).values()])

    # apps -------------------------------------------------------------------------------------------------------

    def app(self, call: Call) -> Reply:
        """Return the app whose JWT was sent."""
        self._check_app(call)
        app = self._site.access.app
        assert app is not None  # noqa: S101 - a JWT was accepted
        base = self._site.base_url(call)
        shape: Json = {"id": app.app_id, "node_id": f"A_{app.app_id}", "slug": app.slug, "name": app.slug}
        shape |= {"owner": self._site.renderer(call).user(self._state.user("person")), "description": None}
        shape |= {"external_url": base, "html_url": base, "created_at": self._state.now()}
        shape |= {"updated_at": self._state.now(), "permissions": _PERMISSIONS, "events": ["issues"]}
        return reply(shape)

    def installations(self, call: Call) -> Reply:
        """List the one installation of the app."""
        self._check_app(call)
        return reply([self._installation(call)])

    def installation(self, call: Call) -> Reply:
        """Return the installation, by number, organisation or repository."""
        self._check_app(call)
        if call.params.get("installation", str(INSTALLATION)) != str(INSTALLATION):
            raise not_found()
        return reply(self._installation(call))

    def access_token(self, call: Call) -> Reply:
        """Give out an installation token that is good for an hour."""
        self._check_app(call)
        if call.params["installation"] != str(INSTALLATION):
            raise not_found()
        token, ends = self._site.access.new_token()
        shape = {"token": token, "expires_at": ends, "permissions": _PERMISSIONS, "repository_selection": "all"}
        return reply(shape, 201)

    # inside -----------------------------------------------------------------------------------------------------

    def _organization(self, call: Call, *, check_features: str) -> User:
        found = self._state.users.get(call.params["org"].lower())
        if found is None or found.type != "Organization":
            raise not_found()
        if check_features and check_features not in self._state.features:
            raise not_found()
        return found

    def _shown(self, call: Call, homes: list[Repository]) -> list[bytes]:
        render = self._site.renderer(call)
        seen = [home for home in homes if self._site.may_see(call.user, home)]
        return [ENCODE(render.repository(home, can_push=self._site.may_push(call.user, home))) for home in seen]

    def _profile(self, call: Call, user: User) -> Json:
        shape = self._site.renderer(call).user(user) or {}
        times = {"created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z"}
        return shape | dict.fromkeys(_EMPTY) | dict.fromkeys(_ZERO, 0) | times

    def _installation(self, call: Call) -> Json:
        base, app = self._site.base_url(call), self._site.access.app
        owners = [home.owner for home in self._state.repositories.values()] or [self._state.user("person")]
        return {
            "id": INSTALLATION,
            "account": self._site.renderer(call).user(owners[0]),
            "access_tokens_url": f"{base}/app/installations/{INSTALLATION}/access_tokens",
            "repositories_url": f"{base}/installation/repositories",
            "html_url": f"{base}/settings/installations/{INSTALLATION}",
            "app_id": app.app_id if app else 0,
            "app_slug": app.slug if app else "",
            "target_id": owners[0].id,
            "target_type": owners[0].type,
            "permissions": _PERMISSIONS,
            "events": ["issues"],
            "created_at": "2020-01-01T00:00:00Z",
            "updated_at": "2020-01-01T00:00:00Z",
            "single_file_name": None,
            "repository_selection": "all",
            "suspended_by": None,
            "suspended_at": None,
        }

    def _check_app(self, call: Call) -> None:
        if call.user.kind != "app":
            raise refuse(401, "A JSON web token could not be decoded")
