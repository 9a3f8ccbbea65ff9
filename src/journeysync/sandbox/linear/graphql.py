"""GraphQL over HTTP: checks a document, charges it by its complexity, runs it; errors stand beside what went well."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationType,
    build_schema,
    execute_sync,
    get_operation_ast,
)

from journeysync.sandbox.graphql_sdl import checked, sdl_text
from journeysync.sandbox.linear.answers import errors, extensions, reply
from journeysync.sandbox.linear.cost import Cost
from journeysync.sandbox.linear.fields import FIELDS, QUERIES, Asked
from journeysync.sandbox.linear.mutations import MUTATIONS
from journeysync.sandbox.linear.site import LinearSite
from journeysync.sandbox.linear.things import Json
from journeysync.sandbox.wire import DECODE, Call, Reply

_LOWER: dict[str, str] = {}


class GraphqlRoute:
    """The handler of `/graphql`."""

    def __init__(self, site: LinearSite, schema: Path | str | None = None) -> None:
        self._site = site
        self._schema = schema

    def post(self, call: Call) -> Reply:
        """Run one document."""
        sent = _sent(call.body)
        text, variables = sent.get("query"), sent.get("variables") or {}
        if not isinstance(text, str) or not isinstance(variables, dict):
            words = "GraphQL operations must contain a non-empty `query` or a `persistedQuery` extension."
            return reply(errors(words, "INPUT_ERROR"), 400)
        schema = schema_of(None if self._schema is None else str(self._schema))
        document, problems = checked(schema, text)
        operation = get_operation_ast(document, sent.get("operationName")) if document else None
        if document is None or problems or operation is None:
            shapes = [_shape(error, "GRAPHQL_VALIDATION_FAILED") for error in problems]
            return reply({"errors": shapes} if shapes else errors("No operation to run", "INPUT_ERROR"), 400)
        limits, caller = self._site.limits, call.user
        cost = Cost(schema, document, variables, limits.default_rows)
        points = cost.of(operation)
        if points > limits.query:
            words = f"Query too complex: {points} points, the most allowed is {limits.query}"
            return reply(errors(words, "INPUT_ERROR"), 400)
        if cost.largest_page > limits.rows:
            words = f"Argument Validation Error: first must not be greater than {limits.rows}"
            return reply(errors(words, "INPUT_ERROR"), 400)
        self._site.rates.take(caller.name, "complexity", points, is_app=caller.is_app)
        call.params = {**call.params, "points": str(points)}
        result = execute_sync(
            schema,
            document,
            context_value=Asked(self._site, call, points),
            variable_values=variables,
            operation_name=sent.get("operationName"),
            field_resolver=_resolve,
            type_resolver=lambda value, _info, _type: type(value).__name__,
        )
        assert isinstance(result, ExecutionResult)  # noqa: S101 - nothing here is awaited
        body: Json = {"data": result.data}
        if result.errors:
            body["errors"] = [_shape(error, "INTERNAL_SERVER_ERROR") for error in result.errors]
        return reply(body)


@lru_cache(maxsize=2)
def schema_of(path: str | None) -> GraphQLSchema:
    """Return the schema of a file (Linear's own takes nearly two seconds), or the sandbox's part of it."""
    return build_schema(sdl_text(path, __package__), assume_valid=True)


def _resolve(source: Any, info: GraphQLResolveInfo[Asked], **given: Any) -> Any:
    """Answer one field from the tables; attributes and keys of the same name need no entry there."""
    name = info.field_name
    if source is None:
        table = MUTATIONS if info.operation.operation is OperationType.MUTATION else QUERIES
        if name not in table:
            raise GraphQLError(f"the sandbox does not serve '{name}'")
        return table[name](source, info.context, given)
    special = FIELDS.get(type(source), {}).get(name)
    if special is not None:
        return special(source, info.context, given)
    if isinstance(source, dict):
        return source[name]
    if name == "edges":
        return [{"node": node, "cursor": info.context.site.cursor_of(node)} for node in source.nodes]
    value = getattr(source, name, source)
    if value is source:
        value = getattr(source, _snake(name), source)
    if value is source:
        raise GraphQLError(f"the sandbox does not serve '{name}' of {info.parent_type.name}")
    return value


def _snake(name: str) -> str:
    if name not in _LOWER:
        _LOWER[name] = re.sub(r"(?<!^)([A-Z])", lambda found: "_" + found[1].lower(), name)
    return _LOWER[name]


def _sent(body: bytes) -> Json:
    try:
        found = DECODE(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _shape(error: GraphQLError, code: str) -> Json:
    shape: Json = dict(error.formatted)
    shape["extensions"] = error.extensions or extensions(code)
    return shape
