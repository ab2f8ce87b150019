"""Settings: one frozen table, read from an environment that is passed in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from engine.errors import InputError

_CASTS: dict[str, Callable[[str], object]] = {str(kind): kind for kind in (Path, str, int, float)}


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its default; the environment variable is ``AIMS_`` + the name."""

    workspace: Path = Path("aims-workspace")
    host: str = "127.0.0.1"
    port: int = 8042
    upload_limit_bytes: int = 128 * 1024 * 1024
    worker_memory_bytes: int = 2 * 1024 * 1024 * 1024
    worker_seconds: float = 120.0
    query_seconds: float = 10.0
    query_memory_bytes: int = 1024 * 1024 * 1024
    query_rows: int = 100_000
    query_bytes: int = 50 * 1024 * 1024
    query_jobs: int = 4
    query_jobs_per_caller: int = 3
    update_quads: int = 100_000
    view_memory_bytes: int = 8 * 1024 * 1024 * 1024
    compartments: str = ""
    cors_origins: str = ""
    store_user: str = ""
    store_password: str = field(default="", repr=False)
    store_seconds: float = 60.0

    @property
    def granted(self) -> frozenset[str] | None:
        """The compartments that may be read; None for all."""
        return frozenset(self.compartments.split()) or None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read ``AIMS_*`` variables. Raises InputError naming the variable that does not fit."""
        given: dict[str, object] = {}
        for item in fields(cls):
            text = environment.get(f"AIMS_{item.name.upper()}")
            if text is None:
                continue
            cast = _CASTS[str(item.type)]
            try:
                given[item.name] = cast(text)
            except ValueError:
                raise InputError(
                    f'AIMS_{item.name.upper()}="{text}" is not a value of kind {cast.__name__}'
                ) from None
        return cls(**given)  # type: ignore[arg-type]
