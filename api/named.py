"""Named queries as operations of the OpenAPI document, one path each; parameters have kinds."""

from collections.abc import Iterable
from typing import Any

from api.described import VIEW, parameter, problems
from engine.sheets import CSV, XLSX
from engine.sparql.binding import columns
from engine.sparql.catalog import NamedQuery, Param

Json = dict[str, Any]
FORMATS = {"json": "application/json", "csv": CSV, "xlsx": XLSX}
FORMAT = parameter("format", "json, csv or xlsx; else what `Accept` likes best.")
FORMAT["schema"] = {"type": "string", "enum": list(FORMATS)}
TAG = "named queries"
_SCHEMAS: dict[str, Json] = {
    "iri": {"type": "string", "description": "An IRI, `<iri>` or a CURIE."},
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "decimal": {"type": "number"},
    "boolean": {"type": "boolean"},
    "dateTime": {"type": "string", "format": "date-time"},
}
_ROWS = {"schema": {"$ref": "#/components/schemas/Rows"}}


def operation_id(query: NamedQuery) -> str:
    """``query_audit_lineage`` for ``audit/lineage``."""
    return "query_" + query.name.replace("/", "_").replace("-", "_")


def paths(queries: Iterable[NamedQuery]) -> Json:
    """The path of each query with its one operation."""
    return {f"/v1/queries/{query.name}": {"get": _operation(query)} for query in queries}


def _operation(query: NamedQuery) -> Json:
    answers: Json = {
        "200": {
            "description": f"Rows of {', '.join(columns(query.text)) or 'what it selects'}.",
            "content": {"application/json": _ROWS, CSV: {}, XLSX: {}},
        }
    }
    answers |= {str(status): told for status, told in problems(404, 406).items()}
    described: Json = {
        "tags": [TAG],
        "summary": query.summary,
        "operationId": operation_id(query),
        "parameters": [*map(_parameter, query.params), *VIEW, FORMAT],
        "responses": answers,
    }
    if query.competency:
        described["description"] = f"Answers {query.competency}."
    return described


def _parameter(param: Param) -> Json:
    schema = dict(_SCHEMAS[param.kind])
    if param.default is not None:
        schema["default"] = typed(param.kind, param.default)
    told: Json = {
        "name": param.name,
        "in": "query",
        "required": param.required,
        "description": param.help,
        "schema": schema,
    }
    if param.example:
        told["example"] = typed(param.kind, param.example)
    return told


def typed(kind: str, text: str) -> str | int | float | bool:
    """``text`` as the JSON value of a parameter of ``kind``."""
    if kind == "integer":
        return int(text)
    if kind == "decimal":
        return float(text)
    return text == "true" if kind == "boolean" else text
