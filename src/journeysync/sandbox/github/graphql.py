"""GraphQL over HTTP: checks a document, charges it, runs it, and answers in GitHub's form: 200, errors beside data."""

import re
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLResolveInfo,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    execute_sync,
    get_operation_ast,
)

from journeysync.sandbox.github.answers import refuse, reply
from journeysync.sandbox.github.graphql_cost import Cost, cost_of
from journeysync.sandbox.github.graphql_fields import FIELDS, QUERIES
from journeysync.sandbox.github.graphql_mutations import MUTATIONS
from journeysync.sandbox.github.graphql_schema import schema_of
from journeysync.sandbox.github.graphql_things import Asked, type_name
from journeysync.sandbox.github.site import GithubSite
from journeysync.sandbox.github.things import Json
from journeysync.sandbox.graphql_sdl import checked
from journeysync.sandbox.wire import Call, Reply

_GAVE_UP = "Something went wrong while executing your query. This may be the result of a timeout."
_UNKNOWN_FIELD = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'")


class GraphqlRoute:
    """The handler of `/graphql`."""

    def __init__(self, site: GithubSite, schema: Path | str | None = None) -> None:
        self._site = site
        self._schema = schema

    def post(self, call: Call) -> Reply:
        """Run one document."""
        if call.user.is_anonymous:
            raise refuse(401, "This endpoint requires you to be authenticated.", docs="https://docs.github.com/graphql")
        sent = self._site.body(call)
        text, variables = sent.get("query"), sent.get("variables") or {}
        if not isinstance(text, str) or not isinstance(variables, dict):
            raise refuse(400, "A query attribute must be specified and must be a string.")
        schema = schema_of(self._schema, self._site.state.features)
        document, problems = checked(schema, text)
        operation = get_operation_ast(document, sent.get("operationName")) if document else None
        if document is None or problems or operation is None:
            return reply({"errors": [_shape(error) for error in problems] or [{"message": "No operation to run"}]})
        cost = cost_of(schema, document, operation, variables | _defaults(operation, variables))
        if refused := self._refusal(call, operation, cost):
            return reply({"errors": [refused]})
        self._site.rates.take(call.user.login, "graphql", cost.points)
        asked = Asked(self._site, call, cost.points, cost.nodes)
        operation, gives_up = self._as_far_as_it_gets(operation, variables)
        others = tuple(each for each in document.definitions if not isinstance(each, OperationDefinitionNode))
        result = execute_sync(
            schema,
            DocumentNode(definitions=(operation, *others)),
            context_value=asked,
            variable_values=variables,
            field_resolver=_resolve,
            type_resolver=lambda value, _info, _type: type_name(value),
        )
        assert isinstance(result, ExecutionResult)  # noqa: S101 - nothing here is awaited
        if gives_up:
            return reply({"data": None, "errors": [{"message": _GAVE_UP}]}, 502)
        body: Json = {"data": result.data}
        if result.errors:
            body["errors"] = [_shape(error) for error in result.errors]
        return reply(body)

    def _as_far_as_it_gets(
        self, operation: OperationDefinitionNode, variables: Json
    ) -> tuple[OperationDefinitionNode, bool]:
        """Return the operation as far as the server carries it out, and whether it gives up on the rest."""
        most, selections = self._site.limits.parts, operation.selection_set.selections
        if not most:
            return operation, False
        if operation.operation is not OperationType.MUTATION:
            lists = (value for value in variables.values() if isinstance(value, list))
            return operation, max(map(len, lists), default=0) > most
        done = OperationDefinitionNode(
            operation=operation.operation,
            name=operation.name,
            directives=operation.directives,
            variable_definitions=operation.variable_definitions,
            selection_set=SelectionSetNode(selections=selections[:most]),
        )
        return done, len(selections) > most

    def _refusal(self, call: Call, operation: OperationDefinitionNode, cost: Cost) -> Json | None:
        login, rates, most = call.user.login, self._site.rates, self._site.limits.nodes
        is_write = operation.operation is OperationType.MUTATION
        rates.secondary(login, graphql=True, is_write=is_write)
        if rates.is_spent(login, "graphql"):
            return {"type": "RATE_LIMITED", "message": f"API rate limit exceeded for user ID {login}."}
        if cost.refused:
            return {"type": cost.refused[0], "message": cost.refused[1]}
        if cost.nodes > most:
            words = (
                f"This query requests up to {cost.nodes:,} possible nodes which exceeds the maximum limit of {most:,}."
            )
            return {"type": "MAX_NODE_LIMIT_EXCEEDED", "message": words}
        return None


def _resolve(source: Any, info: GraphQLResolveInfo[Asked], **given: Any) -> Any:
    """Answer one field from the tables; plain attributes and keys need no entry there."""
    name, asked = info.field_name, info.context
    if source is None:
        table = MUTATIONS if info.operation.operation is OperationType.MUTATION else QUERIES
        if name not in table:
            raise GraphQLError(f"the sandbox does not serve '{name}'")
        if table is QUERIES:
            return table[name](source, asked, given)
        return {"clientMutationId": given["input"].get("clientMutationId")} | table[name](source, asked, given["input"])
    field = FIELDS.get(type(source), {}).get(name)
    if field is not None:
        return field(source, asked, given)
    if isinstance(source, dict) and name in source:
        return source[name]
    if not isinstance(source, dict) and hasattr(source, name):
        return getattr(source, name)
    raise GraphQLError(f"the sandbox does not serve '{name}' of {info.parent_type.name}")


def _shape(error: GraphQLError) -> Json:
    """Return an error in GitHub's form: `type` stands beside the message, not among extensions."""
    shape: Json = dict(error.formatted)
    extensions: dict[str, Any] = dict(error.extensions or {})
    if "type" in extensions:
        shape = {"type": extensions.pop("type"), **shape}
        shape.pop("extensions", None)
    found = _UNKNOWN_FIELD.match(error.message)
    if found:
        field, owner = found.groups()
        shape["message"] = f"Field '{field}' doesn't exist on type '{owner}'"
        shape["extensions"] = {"code": "undefinedField", "typeName": owner, "fieldName": field}
    return shape


def _defaults(operation: OperationDefinitionNode, variables: Json) -> Json:
    """Return the default values of variables that were not sent, where they are whole numbers."""
    return {
        each.variable.name.value: int(each.default_value.value)
        for each in operation.variable_definitions or ()
        if each.variable.name.value not in variables and isinstance(each.default_value, IntValueNode)
    }
