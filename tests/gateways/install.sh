#!/usr/bin/env bash
# The tests of the gateways run the real nginx and Caddy: they are installed here if missing and may be installed.
set -euo pipefail

if command -v nginx >/dev/null && command -v caddy >/dev/null; then
    exit 0
fi
as_root=()
if [ "$(id -u)" != 0 ]; then
    as_root=(sudo -n)
fi
if command -v apt-get >/dev/null && "${as_root[@]}" true 2>/dev/null; then
    echo "installing nginx and Caddy"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx caddy >/dev/null
else
    echo "nginx or Caddy is missing and cannot be installed here: the tests of the gateways are skipped" >&2
fi
