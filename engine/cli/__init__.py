"""The command line ``aims``: parses, calls the workspace, prints.

Exit codes: 0 fine, 1 findings, 2 usage or input error. Commands live one file a group; the folder
is the registry.
"""

import sys


def app() -> None:
    """Entry point of the ``aims`` command."""
    from engine.cli._program import run

    sys.exit(run(sys.argv[1:]))
