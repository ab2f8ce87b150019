"""The OpenAPI document: what FastAPI finds out, with examples and problems as they are sent."""

import json
from collections.abc import Callable, Iterable, Iterator
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api import named
from api.schemas.problem import Problem
from engine.sparql.catalog import NamedQuery

Json = dict[str, Any]
_REF = "#/components/schemas/{model}"


def operation_id(route: APIRoute) -> str:
    """The name of its function: short, and the name of the file of its example."""
    return route.name


class Described(FastAPI):
    """An application whose document has an example for every operation.

    ``queries`` gives the named queries in force with what tells them from others; each is an
    operation of its own in the document.
    """

    queries: Callable[[], tuple[str, Iterable[NamedQuery]]] | None = None
    _whole: tuple[str, Json] = ("", {})

    def base(self) -> Json:
        """The document without the operations of named queries, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = _finished(super().openapi())
        return self.openapi_schema

    def openapi(self) -> Json:
        """The document, made once for the named queries in force."""
        base = self.base()
        if self.queries is None:
            return base
        digest, queries = self.queries()
        if self._whole[0] != digest:
            paths = base["paths"] | named.paths(queries)
            self._whole = digest, base | {"paths": paths}
        return self._whole[1]


def _finished(document: Json) -> Json:
    schemas: Json = document.setdefault("components", {}).setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template=_REF)
    schemas |= problem.pop("$defs", {})
    schemas[Problem.__name__] = problem
    for operation in _operations(document):
        example = _example(operation["operationId"])
        answer = operation["responses"]["200"].get("content", {})
        for content in answer.values():
            # The model says more than the type of the function, which stands beside it.
            if "$ref" in content.get("schema", {}):
                content["schema"] = {"$ref": content["schema"]["$ref"]}
        _show(answer, example.get("response", {}))
        _show(operation.get("requestBody", {}).get("content", {}), example.get("request", {}))
        for parameter in operation.get("parameters", ()):
            if parameter["name"] in example.get("parameters", {}):
                parameter["example"] = example["parameters"][parameter["name"]]
    return document


def _show(contents: Json, examples: Json) -> None:
    for media_type, content in contents.items():
        if media_type in examples:
            content["example"] = examples[media_type]


def _operations(document: Json) -> Iterator[Json]:
    for methods in document["paths"].values():
        yield from methods.values()


def _example(name: str) -> Json:
    """What ``api/examples`` holds for an operation.

    ``response`` and ``request`` by media type, and ``parameters`` by name.
    """
    path = files("api") / "examples" / f"{name}.json"
    found: Json = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return found
