"""The command `python -m tools.integrations`: write both generated files.

With the folder of an installed `@novu/shared`, it first reads the list of providers again::

    npm install --prefix build/novu @novu/shared@2.10.0
    python -m tools.integrations build/novu/node_modules/@novu/shared
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools.integrations import generate

if __name__ == "__main__":
    if len(sys.argv) > 1:
        generate.write_providers(Path(sys.argv[1]))
    generate.write_credentials()
