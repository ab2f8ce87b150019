"""Answers about single nodes, the standard's structure and named queries."""

from pydantic import BaseModel, Field

from api.schemas.base import Listed, LiteralValue, NodeRef, Position, Term


class Nodes(Position, Listed):
    """Instances of a class."""

    items: list[NodeRef]


class Statement(BaseModel):
    """A statement about the node, and the graphs that assert it."""

    predicate: str
    object: Term
    graphs: list[str]


class Mention(BaseModel):
    """A statement that has the node as its object."""

    subject: NodeRef
    predicate: str


class Change(BaseModel):
    """How many statements about the node an entry changed in a graph, by whom and why."""

    sequence: int
    instant: str
    agent: str
    reason: str
    graph: str
    added: int
    removed: int


class NodeAnswer(Position):
    """Everything recorded about a node."""

    node: NodeRef
    types: list[str]
    statements: list[Statement]
    mentioned_by: list[Mention]
    history: list[Change]


class Requirement(BaseModel):
    """A clause, area or control."""

    requirement: NodeRef
    id: LiteralValue
    title: LiteralValue
    parent: NodeRef | None
    assessable: LiteralValue


class Requirements(Position):
    """The structure of the standard, in its order."""

    requirements: list[Requirement]


class QueryParameter(BaseModel):
    """A parameter of a named query."""

    name: str
    kind: str
    required: bool
    default: str | None
    help: str
    example: str | None


class Query(BaseModel):
    """A named query."""

    name: str
    summary: str
    question: str = Field(description="The question of competency that it answers.")
    params: list[QueryParameter]


class Queries(Position):
    """The named queries."""

    queries: list[Query]


class Rows(Position):
    """The rows of a named query, by variable; null where unbound."""

    rows: list[dict[str, Term | None]]
