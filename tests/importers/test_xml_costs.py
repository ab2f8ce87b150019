"""What a hostile XML document costs before it is refused (G3): time, and memory of the reader.

Memory can only be told of a process as a whole, so the documents are read one after another in a
process of their own, whose peak is compared before and after.
"""

import json
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from engine.errors import AimsError
from tests.importers.test_guards import HOSTILE, as_part, as_rdf

SECONDS, MIB = 0.1, 50
_CHILD = "from tests.importers.test_xml_costs import measure; measure({reader!r})"
READERS = ("rdfxml", "xlsx")
# Beside the document types of ``test_guards``: what none of these declares.
DEEP = b"<a>" * 100_000 + b"</a>" * 100_000
PLAIN_RDF = b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'
INCLUDED = (
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    b' xmlns:xi="http://www.w3.org/2001/XInclude">'
    b'<xi:include href="file:///etc/passwd"/></rdf:RDF>'
)


class Cost(NamedTuple):
    """Of one document: what was said of it, seconds of processor time, and by how much the peak of
    this document and all before it exceeds what the reader needs for a harmless one.
    """

    document: str
    answer: str
    seconds: float
    mib: float


def _peak_mib() -> float:
    # The peak of this address space; getrusage would tell that of the parent too.
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def measure(reader: str) -> None:
    """The child's side: writes the costs of all documents as JSON."""
    read, plain = {"rdfxml": (as_rdf, PLAIN_RDF), "xlsx": (as_part, b"<workbook/>")}[reader]
    documents = {name: text.encode() for name, text in HOSTILE.items()}
    documents |= {"deep": DEEP, "included": INCLUDED}
    # What is loaded on first use is no cost of a document.
    with suppress(AimsError):
        read(plain)
    costs = []
    before = _peak_mib()
    for name, content in documents.items():
        started = time.process_time()
        try:
            read(content)
            answer = "read"
        except AimsError as error:
            answer = error.message
        costs.append(Cost(name, answer, time.process_time() - started, _peak_mib() - before))
    sys.stdout.write(json.dumps(costs))


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is told by Linux alone")
@pytest.mark.parametrize("reader", READERS)
def test_each_attack_is_refused_within_a_tenth_of_a_second_and_fifty_mebibytes(
    reader: str,
) -> None:
    command = [sys.executable, "-c", _CHILD.format(reader=reader)]
    told = subprocess.run(command, capture_output=True, check=True, timeout=60)
    costs = [Cost(*one) for one in json.loads(told.stdout)]
    assert len(costs) == 10
    for cost in costs:
        assert cost.seconds <= SECONDS, cost
        assert cost.mib <= MIB, cost
        if cost.document == "deep":
            assert "nested more than 200 deep" in cost.answer
        elif cost.document == "included":
            assert "root:" not in cost.answer
        else:
            assert "document type" in cost.answer, cost
