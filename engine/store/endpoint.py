"""HTTP to a SPARQL 1.1 endpoint: bounded, timed, without redirects, silent about credentials.

Facts behind it, measured on Virtuoso 7.2.5: answers are cut at a row limit with status 200; ASK
is answered as a table, so only SELECT is sent; a dataset without a named graph lets all graphs of
the server be named, so one that nobody has is always named.
"""

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException, HTTPMessage
from typing import IO, NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit, urlunsplit
from urllib.request import (
    HTTPBasicAuthHandler,
    HTTPDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    HTTPRedirectHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

from pyoxigraph import QueryResultsFormat, QuerySolutions, parse_query_results

from engine.errors import InputError, UnreachableError
from engine.rdf import NamedNode, Term
from engine.vocab import SYSTEM_GRAPH

_JSON = "application/sparql-results+json"
_FORM = "application/x-www-form-urlencoded"
_ANSWER_BYTES = 256 * 1024**2
_CHUNK = 1024**2
_TOLD = 300
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
NOWHERE = SYSTEM_GRAPH["nowhere"]

Row = dict[str, Term]


@dataclass(frozen=True, slots=True)
class Address:
    """Where an endpoint is. ``update`` empty: where queries go. ``seconds``: for one request.

    Raises InputError for what is no plain HTTP address, and for credentials in it.
    """

    query: str = field(repr=False)
    update: str = field(default="", repr=False)
    user: str = ""
    password: str = field(default="", repr=False)
    seconds: float = 60.0

    def __post_init__(self) -> None:
        for url in (self.query, self.update or self.query):
            _check(url)

    @property
    def shown(self) -> str:
        """What may be told of it: neither user nor password nor query."""
        return _shown(self.query)


def _check(url: str) -> None:
    """Raises InputError for what is no plain HTTP URL."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname)
        fits = fits and (parts.port is None or parts.port > 0)
    except ValueError:
        raise InputError("the store's address is no URL", remedy=_REMEDY) from None
    if parts.username is not None or parts.password is not None:
        raise InputError(
            f"the address of the store {_shown(url)} carries credentials",
            remedy="Give them in AIMS_STORE_USER and AIMS_STORE_PASSWORD, which no file keeps and "
            "no list of processes shows.",
        )
    if not fits or parts.fragment or not url.isascii() or any(c.isspace() for c in url):
        raise InputError(f"{_shown(url)} is no address of a SPARQL endpoint", remedy=_REMEDY)


_REMEDY = "Give a URL such as http://127.0.0.1:7878/query."


def _shown(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))[:200]


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """None: the redirect is the answer, and it is refused like any other failure."""


class _Digest(HTTPDigestAuthHandler):
    def http_error_401(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage
    ) -> object:
        """The answer to the same request with credentials; the first one is let go of."""
        fp.close()
        return super().http_error_401(req, fp, code, msg, headers)


class _Basic(HTTPBasicAuthHandler):
    def http_error_401(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage
    ) -> object:
        """Likewise."""
        fp.close()
        return super().http_error_401(req, fp, code, msg, headers)


class Endpoint:
    """Sends queries and updates to ``address``; every method raises UnreachableError."""

    def __init__(self, address: Address) -> None:
        self._address = address

    @property
    def shown(self) -> str:
        """See ``Address.shown``."""
        return self._address.shown

    def select(
        self, text: str, default: Sequence[NamedNode], named: Sequence[NamedNode]
    ) -> list[Row]:
        """The rows of a SELECT over these graphs; no more of them than the server gives."""
        fields = [("query", text)]
        fields += [("default-graph-uri", graph.value) for graph in default or (NOWHERE,)]
        fields += [("named-graph-uri", graph.value) for graph in (*named, NOWHERE)]
        content, kind = self._post(self._address.query, fields)
        return self._rows(content, kind)

    def select_anywhere(self, text: str) -> list[Row]:
        """The rows of a SELECT over all graphs that the server lets us see."""
        content, kind = self._post(self._address.query, [("query", text)])
        return self._rows(content, kind)

    def update(self, text: str) -> None:
        """Carry out an update. RefusedError, an UnreachableError, where the server says no."""
        address = self._address
        self._post(address.update or address.query, [("update", text)])

    def _rows(self, content: bytes, kind: str) -> list[Row]:
        if kind != _JSON:
            self._failed(f"it answers with {kind[:80] or 'no type'} in place of rows")
        found = _parsed(content)
        if isinstance(found, str):
            self._failed(f"its rows cannot be read: {found[:_TOLD]}")
        return found

    def _post(self, url: str, fields: Sequence[tuple[str, str]]) -> tuple[bytes, str]:
        headers = {"Content-Type": _FORM, "Accept": _JSON}
        request = Request(url, urlencode(fields).encode(), headers)
        end = time.monotonic() + self._address.seconds
        try:
            # One for each request: digest access counts attempts, and threads share this object.
            with _opener(self._address).open(request, timeout=self._address.seconds) as answer:
                return self._read(answer, end), answer.headers.get_content_type()
        except HTTPError as error:
            with closing(error):
                self._refused(error)
        except (URLError, HTTPException, OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or type(error).__name__
            self._failed(f"it does not answer: {str(reason)[:_TOLD]}")

    def _read(self, answer: IO[bytes], end: float) -> bytes:
        """All of ``answer``, in time and within the bound: a slow trickle ends, too."""
        parts: list[bytes] = []
        size = 0
        while part := answer.read(_CHUNK):
            parts.append(part)
            size += len(part)
            if size > _ANSWER_BYTES:
                self._failed(f"its answer has more than {_ANSWER_BYTES:,} bytes")
            if time.monotonic() > end:
                self._failed(f"its answer took more than {self._address.seconds:g} seconds")
        length = getattr(answer, "headers", Message()).get("Content-Length", str(size))
        if length.isascii() and length.isdigit() and int(length) != size:
            self._failed(f"its answer ended after {size:,} of {int(length):,} bytes")
        return b"".join(parts)

    def _refused(self, error: HTTPError) -> NoReturn:
        if error.code in (401, 403):
            raise UnreachableError(
                f"the store at {self.shown} refuses access (status {error.code})",
                remedy="Give a user who may read and write there: AIMS_STORE_USER and "
                "AIMS_STORE_PASSWORD.",
            ) from None
        if 300 <= error.code < 400:
            self._failed(f"it sends us elsewhere (status {error.code}), and we do not follow")
        # The body of a refusal may repeat data, and is not ours to trust: its start is enough.
        told = error.read(_TOLD).decode("utf-8", "replace").partition("\n")[0]
        told = "".join(c for c in told if c.isprintable())
        raise RefusedError(
            f"the store at {self.shown} refuses (status {error.code}): {told}", remedy=_LATER
        ) from None

    def _failed(self, told: str) -> NoReturn:
        raise UnreachableError(
            f"the store at {self.shown} cannot be used: {told}", remedy=_LATER
        ) from None


def _parsed(content: bytes) -> list[Row] | str:
    """The rows of ``content``, or what is wrong with it.

    A text and no error: what the library parses with may only be let go of by the thread that made
    it, and an error on its way would hold it.
    """
    try:
        found = parse_query_results(content, format=QueryResultsFormat.JSON)
        if not isinstance(found, QuerySolutions):
            return "they are none, but the answer of an ASK"
        names = [variable.value for variable in found.variables]
        return [{n: term for n in names if (term := row[n]) is not None} for row in found]
    except (SyntaxError, ValueError) as error:
        return str(error)


class RefusedError(UnreachableError):
    """The server read a request and answered with a failure of its own."""


_LATER = (
    "See to that server and try again; what the ledger holds is not affected, and `aims rebuild` "
    "makes the store anew."
)


def _opener(address: Address) -> OpenerDirector:
    # No proxy of the environment either: what we send is for that server alone.
    handlers: list[object] = [ProxyHandler({}), _NoRedirects()]
    if address.user:
        known = HTTPPasswordMgrWithDefaultRealm()
        for url in filter(None, (address.query, address.update)):
            known.add_password(None, url, address.user, address.password)
            parts = urlsplit(url)
            if parts.scheme == "https" or parts.hostname in _LOOPBACK:
                # In the clear, a password would be told to everybody on the way.
                handlers.append(_Basic(known))
        handlers.append(_Digest(known))
    return build_opener(*handlers)  # type: ignore[arg-type]
