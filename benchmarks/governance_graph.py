"""A governance graph of any size in our ontology, with planted faults in known numbers.

Degrees are those of real registers: a system has two model versions, four dataset versions in two
steps of derivation, three risks, two deployments, four controls and six
pieces of evidence; one person owns ten systems, and the first control of all is implemented once
for every fifth system, so that there is a hub. The same size and seed give the same bytes.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

AIMS = "https://w3id.org/aimsgraph/ns#"
CODE = "https://w3id.org/aimsgraph/scheme#"
ITEM = "https://w3id.org/aimsgraph/std/iso42001-2023#"
EX = "https://bench.example/"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
LABEL = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
XSD = "http://www.w3.org/2001/XMLSchema#"
# Measured: 169.0 triples a system, averaged over 6,000.
TRIPLES_PER_SYSTEM = 169
# One fault of its kind for about every so many things of that kind.
FAULT_EVERY = 100
CONTROLS = ("A.6.2.4", "A.7.3", "A.7.5", "A.9.2")


def _iri(name: str) -> str:
    return f"<{EX}{name}>"


def _code(name: str) -> str:
    return f"<{CODE}{name}>"


def _when(month: int, day: int, year: int = 2026) -> str:
    return f'"{year}-{month:02}-{day:02}T00:00:00Z"^^<{XSD}dateTime>'


@dataclass
class Register:
    """Writes the graph line by line; ``planted`` counts the faults by the rule they break."""

    systems: int
    seed: int = 42
    planted: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def lines(self) -> Iterator[str]:
        """N-Triples lines."""
        for number in range(self.systems):
            yield from self._system(number)

    def _fault(self, kind: str) -> bool:
        if self._random.random() * FAULT_EVERY >= 1:
            return False
        self.planted[kind] += 1
        return True

    def _say(self, subject: str, **facts: str | list[str]) -> Iterator[str]:
        for name, value in facts.items():
            predicate = {"a": TYPE, "label": LABEL}.get(name, f"<{AIMS}{name}>")
            for one in value if isinstance(value, list) else [value]:
                yield f"{subject} {predicate} {one} .\n"

    def _kind(self, name: str) -> str:
        return f"<{AIMS}{name}>"

    def _system(self, n: int) -> Iterator[str]:
        system, owner = _iri(f"system-{n}"), _iri(f"person-{n // 10}")
        if n % 10 == 0:
            yield from self._say(owner, a=self._kind("Person"), label=f'"Person {n // 10}"')
        owners: list[str] = [] if self._fault("owner missing") else [owner]
        if owners and self._fault("two owners"):
            owners.append(_iri(f"person-{n // 10 + 1}x"))
            yield from self._say(owners[1], a=self._kind("Person"))
        tier = self._random.choice(["minimal", "limited", "high"])
        stage = "stage-unheard-of" if self._fault("stage not in list") else "stage-production"
        yield from self._say(
            system,
            a=self._kind("AISystem"),
            label=f'"System {n}"',
            identifier=f'"AI-{n:06}"',
            ownedBy=owners,
            riskTier=_code(f"tier-{tier}"),
            lifecycleStage=_code(stage),
            hasIntendedUse=_iri(f"use-{n}"),
            usesModel=[_iri(f"model-{n}-{k}") for k in range(2)],
        )
        yield from self._say(_iri(f"use-{n}"), a=self._kind("IntendedUse"), label=f'"Use {n}"')
        yield from self._data(n)
        yield from self._models(n)
        yield from self._risks(n, system)
        yield from self._deployments(n, system)
        yield from self._controls(n, system, owner)

    def _data(self, n: int) -> Iterator[str]:
        for k in range(4):
            node = _iri(f"data-{n}-{k}")
            digest = f"{self._random.getrandbits(256):064x}"
            yield from self._say(
                node,
                a=self._kind("DatasetVersion"),
                label=f'"Data {n}.{k}"',
                digestValue='"none"' if self._fault("digest pattern") else f'"{digest}"',
                obtainedAt=_when(1 + k, 1 + n % 27),
                containsPersonalData=f'"{"true" if k % 2 else "false"}"^^<{XSD}boolean>',
            )
            if k:
                yield from self._say(node, derivedFromVersion=_iri(f"data-{n}-{k - 1}"))
            else:
                yield from self._say(node, hasSource=_iri(f"source-{n % 50}"))

    def _models(self, n: int) -> Iterator[str]:
        for k in range(2):
            trained = _iri(f"person-{n // 10}") if self._fault("trained on no data") else ""
            yield from self._say(
                _iri(f"model-{n}-{k}"),
                a=self._kind("ModelVersion"),
                label=f'"Model {n}.{k}"',
                version=f'"{1 + n % 7}"',
                trainedOn=trained or [_iri(f"data-{n}-{j}") for j in (k, k + 1)],
                validatedOn=_iri(f"data-{n}-3"),
                approvedAt=_when(2, 1 + n % 27),
            )

    def _risks(self, n: int, system: str) -> Iterator[str]:
        assessment = _iri(f"assessment-{n}")
        yield from self._say(
            assessment,
            a=self._kind("RiskAssessment"),
            assessesSystem=system,
            performedAt=_when(3, 1 + n % 27),
        )
        for k in range(3):
            risk, action = _iri(f"risk-{n}-{k}"), _iri(f"action-{n}-{k}")
            yield from self._say(
                risk,
                a=self._kind("Risk"),
                label=f'"Risk {n}.{k}"',
                riskOf=system,
                riskDomain=_code("domain-data"),
                assessedIn=assessment,
                status=_code("status-open"),
            )
            if self._fault("risk without measure"):
                continue
            yield from self._say(risk, treatedBy=action)
            yield from self._say(
                action,
                a=self._kind("TreatmentAction"),
                ownedBy=_iri(f"person-{n // 10}"),
                usesControl=_iri(f"control-{n}-{k}"),
                dueAt=_when(9, 1 + n % 27),
            )

    def _deployments(self, n: int, system: str) -> Iterator[str]:
        for k in range(2):
            share = '"140"' if self._fault("share out of range") else f'"{10 + k * 40}"'
            yield from self._say(
                _iri(f"deployment-{n}-{k}"),
                a=self._kind("Deployment"),
                label=f'"Deployment {n}.{k}"',
                deploymentOf=system,
                deploysVersion=_iri(f"model-{n}-{k}"),
                trafficShare=f"{share}^^<{XSD}integer>",
                wentLiveAt=_when(4, 1 + n % 27),
            )

    def _controls(self, n: int, system: str, owner: str) -> Iterator[str]:
        for k, ref in enumerate(CONTROLS):
            control = _iri("control-hub") if k == 0 and n % 5 == 0 else _iri(f"control-{n}-{k}")
            yield from self._say(
                control,
                a=self._kind("ImplementedControl"),
                label='"Hub"' if control.endswith("hub>") else f'"Control {n}.{k}"',
                implementsRequirement=f"<{ITEM}{ref}>",
                appliesTo=system,
                ownedBy=owner,
                implementationStatus=_code("implementation-implemented"),
            )
        for k in range(6):
            late = self._fault("evidence ends before it begins")
            yield from self._say(
                _iri(f"evidence-{n}-{k}"),
                a=self._kind("Evidence"),
                label=f'"Evidence {n}.{k}"',
                supports=_iri(f"control-{n}-{k % 4}"),
                evidenceKind=_code("evidence-operation"),
                digestValue=f'"{self._random.getrandbits(256):064x}"',
                collectedAt=_when(5, 1 + n % 27),
                validUntil=_when(4 if late else 12, 1 + n % 27),
                collectedBy=owner,
            )


def write_graph(path: Path, triples: int, seed: int = 42) -> Counter[str]:
    """Write about ``triples`` triples as N-Triples to ``path``; the planted faults by kind."""
    register = Register(max(1, triples // TRIPLES_PER_SYSTEM), seed)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(register.lines())
    return register.planted
