"""Where files from the world are found: ``AIMS_MATERIAL``, else beside the checkout."""

import os
from pathlib import Path

MATERIAL = Path(
    os.environ.get("AIMS_MATERIAL")
    or Path(__file__).resolve().parent.parent.parent / "shared" / "material"
)
INVENTORY = MATERIAL / "inventory" / "us-federal-ai-use-cases-2024.csv"
INVENTORY_MAPPING = "us-federal-ai-inventory-2024"


def inventory() -> Path | None:
    """The US federal AI use case inventory of 2024, None where it is absent."""
    return INVENTORY if INVENTORY.is_file() else None
