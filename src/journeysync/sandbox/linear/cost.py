"""What a GraphQL document costs before it runs, by Linear's published rule.

A property costs 0.1, an object 1, a connection its children times its page (`first` or `last`, else 50); the sum is
rounded up.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

_PROPERTY = 0.1
_OBJECT = 1.0


class Cost:
    """Counts one document.

    Args:
        schema: What the document is written against.
        document: Its fragments are counted where they are spread.
        variables: Page sizes may stand there.
        default_rows: Of a connection that names no page size.
    """

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any], default_rows: int = 50
    ) -> None:
        self._schema = schema
        self._variables = variables
        self._default_rows = default_rows
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self.largest_page = 0

    def of(self, operation: OperationDefinitionNode) -> int:
        """Return the points of an operation, rounded up."""
        is_mutation = operation.operation is OperationType.MUTATION
        root = self._schema.mutation_type if is_mutation else self._schema.query_type
        return math.ceil(round(self._inside(operation.selection_set, root), 6))

    def _inside(self, selections: SelectionSetNode | None, on: GraphQLNamedType | None) -> float:
        total = 0.0
        for owner, selected in self._fields(selections, on):
            definition = getattr(owner, "fields", {}).get(selected.name.value)
            if definition is None:
                continue
            inner = get_named_type(definition.type)
            if not isinstance(inner, GraphQLObjectType):
                total += _PROPERTY
            elif inner.name.endswith("Connection"):
                total += self._inside(selected.selection_set, inner) * self._page(selected)
            else:
                total += _OBJECT + self._inside(selected.selection_set, inner)
        return total

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

    def _page(self, selected: FieldNode) -> int:
        for each in selected.arguments or ():
            if each.name.value not in ("first", "last"):
                continue
            value: Any = None
            if isinstance(each.value, VariableNode):
                value = self._variables.get(each.value.name.value)
            elif isinstance(each.value, IntValueNode):
                value = int(each.value.value)
            if isinstance(value, int):
                self.largest_page = max(self.largest_page, value)
                return max(1, value)
        return self._default_rows
