"""Literals in the one lexical form that every store keeps, with what stood in the file noted.

Stores fold ``"01"^^xsd:integer`` into ``"1"``; the ledger and its projections have to agree on
equality, so the canonical form goes in and each distinct original text becomes a record of the
import's provenance, linked to the subjects on which it stood.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable

from engine.canonical import canonical
from engine.rdf import Literal, NamedNode, Node, Triple
from engine.vocab import AIMS, PROV, RDF_TYPE, XSD

_STRING = XSD["string"]
Rewrite = tuple[NamedNode, Literal, Literal]


class Canonicaliser:
    """Rewrites literals and remembers what it changed: property, original, canonical → subjects."""

    def __init__(self) -> None:
        self.rewrites: dict[Rewrite, set[Node]] = defaultdict(set)

    def apply(self, triples: Iterable[Triple]) -> list[Triple]:
        """``triples`` with every literal in canonical form."""
        done: list[Triple] = []
        for triple in triples:
            value = triple.object
            if isinstance(value, Literal) and (value.language or value.datatype != _STRING):
                plain = canonical(value)
                subject = triple.subject
                if (
                    plain != value
                    and isinstance(plain, Literal)
                    and not isinstance(subject, Triple)
                ):
                    self.rewrites[triple.predicate, value, plain].add(subject)
                    triple = Triple(subject, triple.predicate, plain)
            done.append(triple)
        return done

    def provenance(self, activity: NamedNode) -> list[Triple]:
        """Records of what was changed; the subjects may still be blank nodes."""
        found: list[Triple] = []
        for (predicate, original, plain), subjects in self.rewrites.items():
            key = f"{activity.value} {predicate} {original} {plain}"
            node = NamedNode(
                f"{activity.value}/text/{hashlib.sha256(key.encode()).hexdigest()[:16]}"
            )
            found += [
                Triple(node, RDF_TYPE, AIMS["RewrittenLiteral"]),
                Triple(node, PROV["wasGeneratedBy"], activity),
                Triple(node, AIMS["originalText"], Literal(original.value)),
                Triple(node, AIMS["canonicalText"], Literal(plain.value)),
                Triple(node, AIMS["ofDatatype"], original.datatype),
                Triple(node, AIMS["ofProperty"], predicate),
            ]
            found += [Triple(node, AIMS["rewrittenOn"], subject) for subject in subjects]
        return found
