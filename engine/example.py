"""The made insurer: its register as it is shipped, its evidence files, and the planted faults.

``examples/insurer/NN-<source>.ttl`` are imported in their order, each as one source; the files of
``evidence/`` go into the vault; ``faults.rdfp`` is a patch over the result that plants the faults
listed in ``faults.json``.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from engine.assets import assets_root
from engine.commit import Committer
from engine.importers import Request
from engine.importers.run import parse_here
from engine.iri import DEFAULT_BASE, graph_iri
from engine.ledger.draft import DEFAULT_COMPARTMENT
from engine.ledger.entry import Entry
from engine.ledger.patch import Patch
from engine.rdf import Quad, RdfFormat, parse
from engine.vault import Vault

FAULTS = "faults"


def folder() -> Path:
    """Where the example's files are."""
    return assets_root() / "examples" / "insurer"


def load(committer: Committer, vault: Vault, *, agent: str) -> Iterator[tuple[str, int]]:
    """Import the register file by file; gives each source's name and its number of statements.

    Raises what committing raises.
    """
    base = committer.ledger.base
    for path in sorted((folder() / "evidence").iterdir()):
        vault.put(path)
    for path in sorted(folder().glob("[0-9][0-9]-*.ttl")):
        source = path.stem.partition("-")[2]
        request = Request(source=source, base=base, file_name=path.name, agent=agent)
        # The product's own files need no process that may be killed.
        found = parse_here("turtle", path.read_bytes(), request).ntriples
        graph = graph_iri(base, DEFAULT_COMPARTMENT, source)
        triples = parse(found, format=RdfFormat.N_TRIPLES)
        quads = [Quad(t.subject, t.predicate, t.object, graph) for t in triples]
        committer.replace(graph, quads, agent=agent, reason=f"example: {source}")
        yield source, len(quads)


def plant_faults(committer: Committer, *, agent: str) -> Entry | None:
    """Apply the patch of planted faults to the example; None where they are there already."""
    path = folder() / f"{FAULTS}.rdfp"
    base = committer.ledger.base
    text = path.read_text(encoding="utf-8").replace(DEFAULT_BASE, base)
    return committer.commit(
        Patch.parse(text, source_name=path.name), agent=agent, reason="example: planted faults"
    )


def fault_list() -> list[dict[str, object]]:
    """Each planted fault in words, with the rule results that it must cause."""
    found: list[dict[str, object]] = json.loads((folder() / f"{FAULTS}.json").read_bytes())
    return found
