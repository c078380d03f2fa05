#!/usr/bin/env bash
# The test of the emulator's page drives a real browser: it is installed here if it is missing and may be installed.
set -euo pipefail

if { command -v google-chrome || command -v chromium; } >/dev/null && command -v chromedriver >/dev/null; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing Chromium"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium chromium-driver >/dev/null
else
    echo "Chromium or chromedriver is missing and cannot be installed here: the browser test is skipped" >&2
fi
