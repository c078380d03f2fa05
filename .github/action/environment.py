"""Print the default stack name: the name of the environment of NOVU_SECRET_KEY, such as `production`."""

from __future__ import annotations

import os
import re
import sys

from novu_provider.errors import NovuError
from novu_provider.novu_api.client import NovuApi
from novu_provider.settings import Settings


def main() -> int:
    """Read the environment's name from Novu and print it."""
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
