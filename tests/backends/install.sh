#!/usr/bin/env bash
# The tests of Pulumi's PostgreSQL backend start a server of their own: its programs are installed here where they are missing
# and may be installed.
set -euo pipefail

if command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing PostgreSQL"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null
else
    echo "there is no initdb and no right to install it: install PostgreSQL for the tests of its backend" >&2
fi
