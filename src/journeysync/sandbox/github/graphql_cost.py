"""What a GraphQL document costs before it runs: points and nodes, by GitHub's published rule.

Each connection needs one request for each node above it; the sum, divided by 100 and rounded, is the cost, at least 1.
Each mutation costs a point. Nodes are counted as if every page were full.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

MAX_PAGE = 100


@dataclass
class Cost:
    """What one call takes. `refused` is (type, message) where it may not run at all."""

    points: int = 1
    nodes: int = 0
    requests: int = 0
    mutations: int = 0
    refused: tuple[str, str] | None = None


def cost_of(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> Cost:
    """Return what an operation costs."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    is_mutation = operation.operation is OperationType.MUTATION
    root = schema.mutation_type if is_mutation else schema.query_type
    cost = Cost()
    if is_mutation:
        cost.mutations = len(operation.selection_set.selections)
    _Walk(schema, fragments, variables, cost).visit(operation.selection_set, root, 1)
    cost.points = max(1, round(cost.requests / 100), cost.mutations)
    return cost


class _Walk:
    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
        cost: Cost,
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables
        self._cost = cost

    def visit(self, selections: SelectionSetNode | None, on: GraphQLNamedType | None, times: int) -> None:
        for owner, field in self._fields(selections, on):
            definition = getattr(owner, "fields", {}).get(field.name.value)
            if definition is None:
                continue
            inner = get_named_type(definition.type)
            below = times
            if inner.name.endswith("Connection"):
                below = times * self._page(field)
                self._cost.requests += times
                self._cost.nodes += below
            elif field.name.value == "nodes" and owner is self._schema.query_type:
                below = times * self._count_of_ids(field)
                self._cost.requests += 1
                self._cost.nodes += below
            self.visit(field.selection_set, inner, below)

    def _fields(
        self, selections: SelectionSetNode | None, on: GraphQLNamedType | None
    ) -> Iterator[tuple[GraphQLNamedType | None, FieldNode]]:
        for each in selections.selections if selections else ():
            if isinstance(each, FieldNode):
                yield on, each
            elif isinstance(each, InlineFragmentNode):
                named = each.type_condition
                yield from self._fields(each.selection_set, self._schema.get_type(named.name.value) if named else on)
            elif isinstance(each, FragmentSpreadNode):
                found = self._fragments[each.name.value]
                yield from self._fields(found.selection_set, self._schema.get_type(found.type_condition.name.value))

    def _page(self, field: FieldNode) -> int:
        name = field.name.value
        for bound in ("first", "last"):
            value = self._argument(field, bound)
            if value is None:
                continue
            if not 1 <= value <= MAX_PAGE:
                message = (
                    f"Requesting {value} records on the `{name}` connection exceeds the `{bound}` limit of 100 records."
                )
                self._cost.refused = ("EXCESSIVE_PAGINATION", message)
            return max(1, int(value))
        message = f"You must provide a `first` or `last` value to properly paginate the `{name}` connection."
        self._cost.refused = ("MISSING_PAGINATION_BOUNDARIES", message)
        return 1

    def _count_of_ids(self, field: FieldNode) -> int:
        for each in field.arguments or ():
            if isinstance(each.value, VariableNode):
                count = len(self._variables.get(each.value.name.value) or ())
            else:
                count = len(each.value.values) if isinstance(each.value, ListValueNode) else 1
            if count > MAX_PAGE:
                message = f"You may not provide more than {MAX_PAGE} node ids; you provided {count}."
                self._cost.refused = ("ARGUMENT_LIMIT", message)
            return count
        return 1

    def _argument(self, field: FieldNode, name: str) -> int | None:
        for each in field.arguments or ():
            if each.name.value == name:
                if isinstance(each.value, VariableNode):
                    value = self._variables.get(each.value.name.value)
                    return value if isinstance(value, int) else None
                return int(each.value.value) if isinstance(each.value, IntValueNode) else None
        return None
