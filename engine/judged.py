"""Rule results and statuses of views: computed once on everything, told as a view may see them."""

from collections.abc import Collection

from engine.cache import Cache
from engine.conformance import (
    Assessment,
    Gap,
    SoaReport,
    as_triples,
    gaps,
    statement_of_applicability,
)
from engine.disclosure import Asked, Disclosed, require_disclosed
from engine.errors import NotFoundError
from engine.iri import expand_in
from engine.lookup import find_node
from engine.shacl import Report
from engine.snapshot import Reader
from engine.timeline import Step, Timeline
from engine.view import View
from engine.views import Views
from engine.vocab import ASSESSMENT_GRAPH


class Judged:
    """What is judged of ``views``; may be shared by threads."""

    def __init__(self, views: Views, timeline: Timeline) -> None:
        self._views = views
        self._timeline = timeline
        self._assessments: Cache[View, Assessment] = Cache(8)
        self._disclosures: Cache[View, Disclosed] = Cache(4)

    def validate(self, view: View, rules: Collection[str] = ()) -> tuple[Reader, Report]:
        """Rule results on the full view. ``rules``: names or IRIs of rules, empty for all.

        A restricted view is told what it may read of them. Raises NotFoundError for a rule that the
        pack does not have, NotDisclosedError.
        """
        reader, report = self._views.judged(view)
        if view.restricted:
            told = self._disclosed(view)
            reader, report = told.reader, told.report
        if not rules:
            return reader, report
        wanted = {name: expand_in("aimsh:", name) for name in rules}
        known = {run.rule for run in report.runs}
        missing = sorted(name[:100] for name, rule in wanted.items() if rule not in known)
        if missing:
            raise NotFoundError(f"the rule pack has no rule {', '.join(missing)}")
        runs = tuple(run for run in report.runs if run.rule in wanted.values())
        return reader, Report(runs)

    def _disclosed(self, view: View) -> Disclosed:
        """What ``view`` is told of rule results. Raises NotDisclosedError."""
        require_disclosed(view)

        def make() -> Disclosed:
            return Disclosed.of(self._views.reader(view), self._views.judged(view)[1])

        return self._disclosures.get(self._views.fixed(view), make)

    def assess(
        self,
        view: View,
        *,
        items: Collection[str] = (),
        system: str | None = None,
        facts: bool = False,
    ) -> Assessment:
        """The assessment of the full view. ``items`` and ``system``: IRI, CURIE or identifier.

        ``facts``: also the supporting facts. A restricted view is told what it may read of it.
        Raises NotFoundError, NotDisclosedError.
        """
        full = self._views.complete(view)
        reader, report = self._views.judged(full)
        told = self._disclosed(view) if view.restricted else None
        asked = reader if told is None else told.reader
        every = not items and system is None and not facts
        of = Asked(
            [find_node(asked, item) for item in items] or None,
            find_node(asked, system) if system is not None else None,
            facts,
        )

        def make() -> Assessment:
            whole = of.on(reader, report)
            return whole if told is None else told.tell(whole, of.on(told.reader, told.own))

        return self._assessments.get(self._views.fixed(view), make) if every else make()

    def assessed(self, view: View) -> Reader:
        """The reader of ``view`` with the assessment graph filled in, where it is disclosed."""
        if not view.discloses:
            return self._views.reader(view)
        _, report = self.validate(view)
        triples = as_triples(self.assess(view), report)
        return self._views.reader(view).with_graph(ASSESSMENT_GRAPH, triples, in_default=False)

    def gaps(self, view: View) -> tuple[Assessment, tuple[Gap, ...]]:
        """The assessment, and its failed and unknown obligations, most pressing first."""
        full = self._views.complete(view)
        whole = gaps(self._views.reader(full), self.assess(full))
        if not view.restricted:
            return self.assess(full), whole
        told = self._disclosed(view)
        own = gaps(told.reader, Asked().on(told.reader, told.own))
        return self.assess(view), told.tell(whole, own)

    def soa(self, view: View) -> SoaReport:
        """The Statement of Applicability beside what is computed."""
        full = self._views.complete(view)
        whole = statement_of_applicability(self._views.reader(full), self.assess(full))
        if not view.restricted:
            return whole
        told = self._disclosed(view)
        own = Asked().on(told.reader, told.own)
        return told.tell(whole, statement_of_applicability(told.reader, own))

    def changes(self, view: View, first: int, last: int) -> tuple[Step, ...]:
        """What became of rule results from entry ``first`` to ``last``; see ``engine.timeline``."""
        found = tuple(self._timeline.between(first, last))
        return self._disclosed(view).tell(found, ()) if view.restricted else found
