#!/usr/bin/env bash
# Checks every workflow file with actionlint, which is built from its Go module and kept in the virtual environment.
# Without Go, or without the modules, the check is skipped with a notice. In CI that is an error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

bin=$PWD/.venv/bin
module=tools/actionlint

skip() {
    if [ -n "${CI:-}" ]; then
        echo "error: actionlint cannot run: $1." >&2
        echo "  Do:   install Go 1.25 or newer and run the command again." >&2
        exit 1
    fi
    echo "actionlint: SKIPPED, $1"
    exit 0
}

if [ ! -x "$bin/actionlint" ] || [ "$module/go.sum" -nt "$bin/actionlint" ]; then
    command -v go >/dev/null || skip "there is no Go to build it with"
    echo "actionlint: building it from its Go module"
    go -C "$module" build -o "$bin/actionlint" github.com/rhysd/actionlint/cmd/actionlint ||
        skip "Go could not build it, see above"
fi
"$bin/actionlint" -shellcheck "$bin/shellcheck" -pyflakes= .github/workflows/*.yml examples/ci/github-actions.yml \
    examples/ci/applications/*.yml
