"""RFC 9457 problem details: the one table from errors to HTTP."""

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from engine import errors

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger("aimsgraph.api")

# The nearest class in an error's own order of inheritance decides.
STATUS: dict[type[errors.AimsError], HTTPStatus] = {
    errors.InputError: HTTPStatus.BAD_REQUEST,
    errors.NotFoundError: HTTPStatus.NOT_FOUND,
    errors.NotDisclosedError: HTTPStatus.FORBIDDEN,
    errors.ConflictError: HTTPStatus.PRECONDITION_FAILED,
    # Whether it is refused depends on what is there: the same file may pass another day.
    errors.GuardError: HTTPStatus.CONFLICT,
    errors.LimitError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.TimeLimitError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.BusyError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.CallerBusyError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.WorkspaceLockedError: HTTPStatus.LOCKED,
    errors.StorageFullError: HTTPStatus.INSUFFICIENT_STORAGE,
    errors.WorkspaceError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.NotValidatedError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.AimsError: HTTPStatus.BAD_REQUEST,
}


def problem(status: HTTPStatus, detail: str, *, title: str = "", **members: object) -> JSONResponse:
    """A problem document; ``members`` are extension members that are not None."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": title or status.phrase,
        "status": int(status),
        "detail": detail,
    }
    body |= {name: value for name, value in members.items() if value not in (None, "")}
    return JSONResponse(body, status_code=int(status), media_type=MEDIA_TYPE)


def _status(error: errors.AimsError) -> HTTPStatus:
    return next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)


async def _known(request: Request, error: Exception) -> Response:
    if not isinstance(error, errors.AimsError):  # pragma: no cover - registered for AimsError only
        raise error
    shown = getattr(request.app.state, "failed_page", None)
    if shown is not None and _asks_for_a_page(request):
        return HTMLResponse(shown(error.message, error.remedy), status_code=_status(error))
    place = error.place
    response = problem(
        _status(error),
        error.message,
        remedy=error.remedy,
        place=str(place) if place else None,
        line=place.line if place else None,
        column=place.column if place else None,
        field=place.field if place else None,
        refused=error.refused if isinstance(error, errors.GuardError) else None,
    )
    if isinstance(error, errors.BusyError):
        response.headers["Retry-After"] = "5"
    return response


def _asks_for_a_page(request: Request) -> bool:
    """Whether a person follows a link of the workbench."""
    route = request.scope.get("route")
    pages = getattr(route, "response_class", None) is HTMLResponse
    return pages and "text/html" in request.headers.get("accept", "")


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):  # pragma: no cover - see above
        raise error
    faults = [
        {"field": ".".join(str(part) for part in item["loc"]), "message": item["msg"]}
        for item in error.errors()
    ]
    return problem(
        HTTPStatus.BAD_REQUEST,
        "; ".join(f"{fault['field']}: {fault['message']}" for fault in faults),
        title="The request does not fit its description",
        errors=faults,
        remedy="See /openapi.json for the parameters and their kinds.",
    )


async def _http(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):  # pragma: no cover - see above
        raise error
    response = problem(HTTPStatus(error.status_code), str(error.detail))
    response.headers.update(error.headers or {})
    return response


async def _unknown(_: Request, error: Exception) -> JSONResponse:
    # The last resort: the fault is ours, it is logged, and nothing of it leaks.
    _log.error("unhandled error", exc_info=error)
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The server failed on this request; its log says why.",
    )


def install(app: FastAPI) -> None:
    """Register the handlers on ``app``."""
    app.add_exception_handler(errors.AimsError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unknown)
