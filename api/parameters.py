"""What a request may say: only parameters and form fields that the OpenAPI document names.

A misspelt ``dry_run`` that is passed over in silence would be an import, and so would an empty
one: FastAPI takes an empty form field for one that was left out.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData

from engine.errors import InputError

_SHOWN = 5


async def known_only(request: Request) -> None:
    """Raises InputError naming the parameters under ``/v1`` that the operation does not have.

    So it does for an empty form field that is to hold anything but text.
    """
    path = getattr(request.scope.get("route"), "path_format", "")
    if not path.startswith("/v1"):
        return
    document = request.app.base()
    operation = document["paths"].get(path, {}).get(request.method.lower())
    if operation is None:
        return
    told = [one for one in operation.get("parameters", ()) if one["in"] == "query"]
    # An object takes any name: the parameters of named queries.
    if not any(one["schema"].get("type") == "object" for one in told):
        _refuse("query parameter", request.query_params, [one["name"] for one in told])
    if "requestBody" in operation:
        form: FormData = await request.form()
        fields = _fields(operation["requestBody"], document)
        _refuse("form field", form, fields)
        for name, value in form.multi_items():
            if value == "" and fields[name].get("type") != "string":
                raise InputError(
                    f'the form field "{name}" is empty', remedy="Give it a value, or leave it out."
                )


def _fields(body: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of each form field."""
    found: dict[str, Any] = {}
    for content in body["content"].values():
        name = content["schema"].get("$ref", "").rpartition("/")[2]
        found |= document["components"]["schemas"].get(name, {}).get("properties", {})
    return found


def _refuse(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    names = sorted(set(known))
    surplus = sorted(set(given) - set(names))
    if surplus:
        shown = ", ".join(f'"{name[:100]}"' for name in surplus[:_SHOWN])
        raise InputError(
            f"there is no {what} {shown} here",
            remedy=f"There are: {', '.join(names)}." if names else "Leave it out.",
        )
