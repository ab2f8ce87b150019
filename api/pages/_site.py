"""What every page needs: templates, and links that keep the view one is looking through."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from importlib.resources import files
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.deps import ViewDep
from engine.answers import told
from engine.snapshot import Reader
from engine.view import View, format_instant
from engine.vocab import shorten


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(str(files("api") / "pages" / "templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@dataclass(frozen=True, slots=True)
class Site:
    """A request's view and the links that keep it."""

    view: View
    given: tuple[tuple[str, str], ...]

    def link(self, path: str, **extra: str) -> str:
        """``path`` with the view that the request named, so that pages stay comparable."""
        pairs = [*self.given, *extra.items()]
        return f"{path}?{urlencode(pairs)}" if pairs else path

    def page(self, template: str, reader: Reader, **values: object) -> HTMLResponse:
        """Render ``template``; it gets the link function and what the view forms need."""
        view = reader.view
        shared: Mapping[str, object] = {
            "link": self.link,
            "at": brief(format_instant(view.evaluated_at)),
            "period": brief(str(view.judged_period)),
            "as_of": dict(self.given).get("as_of", ""),
            "statement": statement(reader),
            "short": shorten,
            "brief": brief,
            "told": partial(told, reader),
        }
        text = _environment().get_template(template).render({**shared, **values})
        return HTMLResponse(text)


def failed(message: str, remedy: str) -> str:
    """The page that says what is wrong with what a page was asked for, and how to mend it."""
    link = Site(View(), ()).link
    values = {"link": link, "statement": "", "message": message, "remedy": remedy}
    return _environment().get_template("failed.html").render(values)


def brief(text: str) -> str:
    """``text`` with instants at midnight UTC written as the day that begins then."""
    return text.replace("T00:00:00Z", "")


def statement(reader: Reader) -> str:
    """The sentence that closes every page."""
    return (
        f"Computed from the facts recorded at sequence {reader.sequence}, for period "
        f"{reader.view.judged_period}, by rule pack {reader.pack.digest[:12]}; it is not an audit "
        "conclusion."
    )


def _site(request: Request, view: ViewDep) -> Site:
    names = ("as_of", "at", "period")
    given = tuple((n, v) for n in names if (v := request.query_params.get(n)))
    if "at" not in dict(given):
        # To the minute, so that the pages of one sitting share one computation.
        view = replace(view, evaluated_at=datetime.now(UTC).replace(second=0, microsecond=0))
    return Site(view, given)


SiteDep = Annotated[Site, Depends(_site)]
Link = Callable[..., str]
