"""Endpoints of search: pages by token over the index, the approximate count, and the removed `/search`."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from journeysync.sandbox.jira.answers import GONE_SEARCH, refuse, whole_number
from journeysync.sandbox.jira.bodies import CountBody, SearchBody, body_as
from journeysync.sandbox.jira.index import Cursor, Row, page_after
from journeysync.sandbox.jira.issue import Issue
from journeysync.sandbox.jira.jql import Query, parse_jql
from journeysync.sandbox.jira.jql_match import Site, compile_order, compile_test, is_relative
from journeysync.sandbox.jira.render import Selection, selection
from journeysync.sandbox.jira.site import JiraSite
from journeysync.sandbox.wire import ENCODE, Call, Reply, as_json

MOST_PROPERTIES = 5
MOST_RECONCILED = 50


class SearchRoutes:
    """Handlers for `/search...`."""

    def __init__(self, site: JiraSite) -> None:
        self._site = site
        self._state = site.state

    def get(self, call: Call) -> Reply:
        """GET /search/jql."""
        request = SearchBody(
            jql=call.arg("jql"),
            next_page_token=call.arg("nextPageToken"),
            max_results=whole_number(call.arg("maxResults", "50")),
            fields=call.many("fields"),
            expand=call.arg("expand"),
            properties=call.many("properties"),
            reconcile_issues=[whole_number(each) for each in call.many("reconcileIssues")],
            include_archived_projects=call.flag("includeArchivedProjects"),
        )
        return self._search(call, request)

    def post(self, call: Call) -> Reply:
        """POST /search/jql."""
        return self._search(call, body_as(SearchBody, call.body))

    def count(self, call: Call) -> Reply:
        """POST /search/approximate-count."""
        text = body_as(CountBody, call.body).jql or ""
        rows = self._rows(call, text, (), now=self._state.clock(), archived=False)
        return as_json({"count": len(rows)})

    def removed(self, _call: Call) -> Reply:
        """GET, POST /search: gone from Cloud."""
        raise refuse(410, GONE_SEARCH)

    def _search(self, call: Call, request: SearchBody) -> Reply:
        properties = request.properties or []
        fresh = [str(each) for each in request.reconcile_issues or []]
        if len(properties) > MOST_PROPERTIES:
            raise refuse(400, f"The number of properties requested exceeds the maximum of {MOST_PROPERTIES}.")
        if len(fresh) > MOST_RECONCILED:
            raise refuse(400, f"The number of issues to reconcile exceeds the maximum of {MOST_RECONCILED}.")
        wanted = selection(request.fields or [], default="id")
        size = self._size(wanted, request.max_results)
        text, token = request.jql or "", request.next_page_token
        cursor = self._cursor(call, text, token)
        now = cursor.now if cursor else self._state.clock()
        rows = self._rows(call, text, fresh, now=now, archived=request.include_archived_projects)
        page, more = page_after(rows, cursor.after if cursor else None, size)
        if token and any(fault.kind == "repeat-token" for fault in call.faults):
            following = token
        elif more:
            after = page[-1][0]
            issued = self._state.clock()
            following = self._state.index.issue_token(Cursor(text, call.user.account_id, after, now, issued))
        else:
            following = None
        expand = [each.strip() for each in (request.expand or "").split(",") if each.strip()]
        return self._page(call, [issue for _, issue in page], wanted, properties, expand, following)

    def _page(
        self,
        call: Call,
        issues: Sequence[Issue],
        wanted: Selection,
        properties: Sequence[str],
        expand: Sequence[str],
        following: str | None,
    ) -> Reply:
        renderer = self._site.renderer(call)
        inner = [each for each in expand if each not in ("names", "schema")]
        rows = b",".join(renderer.issue(issue, wanted, properties=properties, expand=inner) for issue in issues)
        body = b'{"issues":[' + rows + b'],"isLast":' + (b"false" if following else b"true")
        if following:
            body += b',"nextPageToken":' + ENCODE(following)
        if {"names", "schema"} & set(expand):
            shown = list(dict.fromkeys(name for issue in issues for name in renderer.names_shown(issue, wanted)))
            if "names" in expand:
                body += b',"names":' + ENCODE(renderer.names_of(shown))
            if "schema" in expand:
                body += b',"schema":' + ENCODE(renderer.schema_of(shown))
        return Reply(200, body + b"}")

    def _size(self, wanted: Selection, asked: int) -> int:
        if asked < 1:
            raise refuse(400, "The value of 'maxResults' must be greater than 0.")
        limits = self._site.limits
        if wanted.is_keys_only:
            return min(asked, limits.rows_ids)
        return min(asked, limits.rows_small if wanted.is_small else limits.rows_full)

    def _cursor(self, call: Call, text: str, token: str | None) -> Cursor | None:
        if not token:
            return None
        cursor = self._state.index.cursor(token)
        if cursor is None or cursor.account_id != call.user.account_id or cursor.query != text:
            raise refuse(400, "The provided nextPageToken is invalid or expired.")
        return cursor

    def _rows(self, call: Call, text: str, fresh: Collection[str], *, now: float, archived: bool) -> list[Row]:
        query = parse_jql(text)
        if query.where is None and not self._state.is_server:
            raise refuse(
                400, "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
            )
        rights = (frozenset(call.user.denied), "BROWSE_PROJECTS" in call.user.granted)
        clock = now if is_relative(query.where) else 0.0
        signature = (text, call.user.account_id, rights, clock, frozenset(fresh), archived)
        site = self._jql_site(call, now)
        test, order = compile_test(query, site), compile_order(query, site)
        return self._state.index.rows(
            signature, lambda: self._matching(call, query, test, order, fresh, archived=archived)
        )

    def _matching(
        self,
        call: Call,
        _query: Query,
        test: Callable[[Issue], bool],
        order: Callable[[Issue], Any],
        fresh: Collection[str],
        *,
        archived: bool,
    ) -> list[Row]:
        state = self._state
        left_out = set() if archived else {project.key for project in state.projects.values() if project.archived}
        rows = [
            (order(issue), issue)
            for issue in state.index.versions(state.issues, fresh)
            if test(issue) and state.visible_to(call.user, issue) and issue.facts.project_key not in left_out
        ]
        rows.sort(key=lambda row: row[0])
        return rows

    def _jql_site(self, call: Call, now: float) -> Site:
        state = self._state

        def known(name: str) -> Collection[str]:
            if name == "project":
                seen = [project for project in state.projects.values() if call.user.may("BROWSE_PROJECTS", project.key)]
                return {term.lower() for project in seen for term in (project.id, project.key, project.name)}
            if name == "statuscategory":
                return _CATEGORIES | {
                    term for each in state.statuses.values() for term in _terms(each["statusCategory"])
                }
            books = {"issuetype": state.issue_types, "status": state.statuses}
            book = books.get(name) or (state.priorities if name == "priority" else state.resolutions)
            extra = {"unresolved"} if name == "resolution" else set()
            return extra | {term for each in book.values() for term in _terms(each)}

        def issue_exists(key: str) -> Issue | None:
            issue = state.find(key)
            return issue if issue is not None and state.visible_to(call.user, issue) else None

        def custom(name: str) -> str | None:
            folded = name.lower()
            for spec in state.fields.values():
                if folded in (clause.lower() for clause in spec.shape()["clauseNames"]) or folded == spec.id.lower():
                    return spec.id
            return None

        return Site(now, call.user.zone, known, issue_exists, custom)


_CATEGORIES = frozenset({"to do", "in progress", "done", "new", "indeterminate", "2", "3", "4"})


def _terms(shape: dict[str, Any]) -> set[str]:
    return {
        str(shape[name]).lower() for name in ("id", "key", "name", "untranslatedName") if shape.get(name) is not None
    }
