"""Who imported what with which mapping: facts about an import that go into the graph beside it."""

import hashlib

from engine.importers.model import Facts, Request, absolute
from engine.iri import expand, path_segment
from engine.rdf import Literal, NamedNode, Triple
from engine.vocab import AIMS, PROV, RDF_TYPE, XSD

_INTEGER = XSD["integer"]


def file_node(base: str, sha256: str) -> NamedNode:
    """The node of a file, named by the digest of its bytes."""
    return absolute(f"{base}file/{sha256}", "a file")


def activity_node(request: Request, sha256: str, mapping_digest: str) -> NamedNode:
    """The node of the import of one file, under one mapping, as one source."""
    key = f"{request.source}\n{sha256}\n{mapping_digest}"
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    return absolute(f"{request.base}import/{request.source}/{digest}", "an import")


def agent_node(base: str, agent: str) -> NamedNode:
    """The IRI that ``agent`` is, else one made of the name."""
    name = printable(agent) or "unknown"
    try:
        given = expand(name)
    except ValueError:  # it looks like an IRI and is none
        given = None
    return given or absolute(f"{base}agent/{path_segment(name)}", "an agent")


def printable(text: str) -> str:
    """``text`` with lone surrogates (file names that are no UTF-8) as question marks."""
    return text.encode("utf-8", "replace").decode()


def describe(request: Request, facts: Facts) -> list[Triple]:
    """The import as an activity, the file that it used, and the agent.

    No time stands here: when it was recorded is the ledger's to say, and importing the same file
    again must change nothing.
    """
    activity = activity_node(request, facts.sha256, facts.mapping_digest)
    source = file_node(request.base, facts.sha256)
    agent = agent_node(request.base, request.agent)
    texts = {
        "sourceName": request.source,
        "importFormat": facts.importer,
        "mappingName": facts.mapping_name,
        "mappingDigest": facts.mapping_digest,
        "textEncoding": facts.encoding,
    }
    counts = {"rowsRead": facts.rows_read, "rowsImported": facts.rows_imported}
    return [
        Triple(source, RDF_TYPE, AIMS["SourceFile"]),
        Triple(source, AIMS["fileName"], Literal(printable(facts.file_name))),
        Triple(source, AIMS["digestAlgorithm"], Literal("sha256")),
        Triple(source, AIMS["digestValue"], Literal(facts.sha256)),
        Triple(activity, RDF_TYPE, AIMS["ImportActivity"]),
        Triple(activity, PROV["used"], source),
        Triple(activity, PROV["wasAssociatedWith"], agent),
        *(Triple(activity, AIMS[name], Literal(text)) for name, text in texts.items() if text),
        *(
            Triple(activity, AIMS[name], Literal(str(count), datatype=_INTEGER))
            for name, count in counts.items()
            if facts.mapping_name
        ),
        *(Triple(activity, AIMS["importedGraph"], Literal(name)) for name, _ in facts.graphs),
    ]
