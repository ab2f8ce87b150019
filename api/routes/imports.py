"""``/v1/imports``: a file replaces what its source asserts; ``dry_run`` shows what would change."""

import errno
import re
import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile

from api.deps import SettingsDep, WorkspaceDep, WritingViewDep
from api.described import answering
from api.preconditions import HeadsDep, KeyDep
from api.schemas.ledger import Imported
from engine.errors import InputError, LimitError, NotDisclosedError, StorageFullError
from engine.importers import OnError
from engine.intake import Intake
from engine.severity import Severity

router = APIRouter(prefix="/v1/imports", tags=["imports"])
_CHUNK = 1 << 20
# Until access control exists, who asks over HTTP is whoever can reach the loopback address.
AGENT = "urn:aimsgraph:agent:http"


@router.post("", responses=answering(Imported, 404, 409, 412, 413, 423, 507))
def import_upload(
    workspace: WorkspaceDep,
    settings: SettingsDep,
    heads: HeadsDep,
    key: KeyDep,
    view: WritingViewDep,
    file: Annotated[UploadFile, File(description="RDF, CSV or XLSX.")],
    source: Annotated[str, Form(description="Who asserts it; default: file name.")] = "",
    into: Annotated[str, Form(description="Compartment.")] = "general",
    mapping: Annotated[str, Form(description="Name of a shipped table mapping.")] = "",
    format_name: Annotated[str, Form(alias="as", description="Format; default: suffix.")] = "",
    reason: Annotated[str, Form(description="Why; kept in the ledger.")] = "",
    on_error: Annotated[OnError, Form(description="What faulty rows do.")] = OnError.STOP,
    dry_run: Annotated[bool, Form(description="Only show what would change.")] = False,
    guard: Annotated[
        Severity | None,
        Form(description="Refuse what would add rule results of this severity, or graver."),
    ] = None,
) -> dict[str, object]:
    """Import one file; gives what was added and removed, and each row that was refused.

    A key that was used before gives the first answer again and writes nothing.
    """
    if mapping and not mapping.replace("-", "").isalnum():
        raise InputError(
            "a mapping is named, not given by path, over HTTP",
            remedy="Use the name of a mapping that the server ships.",
        )
    if not view.covers(into):
        raise NotDisclosedError(
            f'nothing may be written into the compartment "{into[:100]}" here',
            remedy="Name one that you have a grant on.",
        )
    if guard is not None and view.restricted:
        raise NotDisclosedError(
            "a guard would tell of what this view does not read", remedy="Leave guard out."
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _safe(file.filename or "")
        _receive(file, path, settings.upload_limit_bytes)
        intake = Intake(
            path,
            agent=AGENT,
            format_name=format_name,
            mapping=mapping,
            source=source,
            into=into,
            reason=reason,
            on_error=on_error,
            dry_run=dry_run,
            idempotency_key=key,
            heads=heads,
            guard=guard,
        )
        return workspace.import_file(intake).to_json()


def _safe(name: str) -> str:
    """The end of ``name`` that a file can have as its name, the suffix kept."""
    plain = re.sub(r"[\x00-\x1f/\\]", "-", Path(name).name).encode()[-200:].decode(errors="ignore")
    return plain if plain.strip(".") else "upload"


def _receive(upload: UploadFile, path: Path, limit: int) -> None:
    size = 0
    try:
        with path.open("wb") as target:
            while chunk := upload.file.read(_CHUNK):
                size += len(chunk)
                if size > limit:
                    raise LimitError(
                        f"the file is larger than {limit} bytes",
                        remedy="Import it with the command line on the server.",
                    )
                target.write(chunk)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise StorageFullError(
            "no space is left on the disk to receive the file; nothing was recorded",
            remedy="Free some space and try again; reading goes on meanwhile.",
        ) from error
