"""GraphQL schemas of the sandboxes: read from a file, and documents checked against them; both are kept once made."""

import gzip
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse, validate


def sdl_text(path: str | None, package: str) -> str:
    """Return the SDL in a file (gzip by name); without one, the part that stands in a package as `schema.graphql`."""
    if path is None:
        return files(package).joinpath("schema.graphql").read_text(encoding="utf-8")
    if path.endswith(".gz"):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return str(file.read())
    return Path(path).read_text(encoding="utf-8")


@lru_cache(maxsize=64)
def checked(schema: GraphQLSchema, text: str) -> tuple[DocumentNode | None, tuple[GraphQLError, ...]]:
    """Return a document and what is wrong with it."""
    try:
        document = parse(text)
    except GraphQLError as error:
        return None, (error,)
    return document, tuple(validate(schema, document))
