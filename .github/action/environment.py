"""Print the name for the stack of the environment that NOVU_SECRET_KEY opens: `production`, `development`, …."""

from __future__ import annotations

import os
import re
import sys

from novu_provider.errors import NovuError
from novu_provider.novu_api.client import NovuApi
from novu_provider.settings import Settings


def main() -> int:
    """Ask Novu."""
    try:
        api = NovuApi(Settings.read(lambda _key: None, os.environ))
        try:
            name = api.environment().name
        finally:
            api.close()
    except NovuError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "novu")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
