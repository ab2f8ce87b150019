"""The example workspace for tests: made once a session, opened as often as needed."""

from pathlib import Path

from engine.view import Period, View, parse_instant

AT = "2026-07-01T00:00:00Z"
PERIOD = "2026-01-01/2026-07-01"
VIEW = View(evaluated_at=parse_instant(AT), period=Period.parse(PERIOD))
ROOT = Path(__file__).resolve().parent.parent
MATERIAL_REASON = "the folder shared/material is not beside this checkout"
