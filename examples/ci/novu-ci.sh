#!/usr/bin/env bash
# The lines that every CI system shares. Copy this file beside your pipeline; docs/how-to/ci.md says what it expects.
#
#   novu-ci.sh preview STACK   writes the plan: novu-plan.md, novu-plan.json, and as text to the log
#   novu-ci.sh deploy STACK    `pulumi up`; both wait for the bridge first, preview not where there is a manifest
#   novu-ci.sh e2e             runs the end-to-end tests: NOVU_E2E, by default ./e2e.sh, nothing where there is none
#
# From the CI's secret store, as environment variables, so that none is ever on a command line:
#   NOVU_SECRET_KEY, PULUMI_CONFIG_PASSPHRASE, and VERCEL_AUTOMATION_BYPASS_SECRET for protected previews
#   PULUMI_BACKEND_URL, or PULUMI_ACCESS_TOKEN for Pulumi Cloud
# And as plain ones: NOVU_BRIDGE_URL; NOVU_PROJECT (the Pulumi program's directory), NOVU_WAIT (seconds, 600).
set -euo pipefail
{ set +x; } 2>/dev/null # a runner's `bash -x` would print what is compared below

fail() {
    echo "error: $1" >&2
    echo "  Do: $2" >&2
    exit 1
}

require() {
    [ -n "${NOVU_SECRET_KEY:-}" ] || fail "NOVU_SECRET_KEY is not set." \
        "keep the environment's key in the CI's secret store; pull requests from forks are given no secrets."
    [ -n "${NOVU_BRIDGE_URL:-}" ] || fail "NOVU_BRIDGE_URL is not set." "give it the URL of the deployment's bridge."
    [ -n "${PULUMI_BACKEND_URL:-}${PULUMI_ACCESS_TOKEN:-}" ] || fail "there is no state backend." \
        "set PULUMI_BACKEND_URL (s3://…, postgres://…), or PULUMI_ACCESS_TOKEN for Pulumi Cloud."
}

# Nothing is installed twice: .venv and .pulumi-cli are what the pipelines cache.
install() {
    local venv="$root/.venv"
    [ -d "$venv" ] || python3 -m venv "$venv"
    export PATH="$venv/bin:$PATH" PIP_DISABLE_PIP_VERSION_CHECK=1 PULUMI_SKIP_UPDATE_CHECK=true
    python3 -m pip install --quiet --requirement "$project/requirements.txt"
    if ! command -v pulumi >/dev/null; then
        # Pulumi's own installer, of the version that requirements.txt gives the SDK.
        python3 -c "import sys, pulumi.automation as a; a.PulumiCommand.install(root=sys.argv[1])" "$root/.pulumi-cli"
        export PATH="$root/.pulumi-cli/bin:$PATH"
    fi
}

# With a manifest in the repository preview needs no bridge, and `up` waits until the bridge serves exactly that one.
# Without it a rollout can only be seen by the bridge's answering at all: an old build's answer is taken for the new one.
wait_for_bridge() {
    local seconds="${NOVU_WAIT:-600}" end
    if [ -f "$root/novu.manifest.json" ]; then
        pulumi config set --stack "$stack" novu:manifest "$root/novu.manifest.json"
        pulumi config set --stack "$stack" novu:waitForBridge "$seconds"
        return
    fi
    end=$((SECONDS + seconds))
    until novu-provider manifest export --output /dev/null 2>"$errors"; do
        if [ "$SECONDS" -ge "$end" ]; then
            cat "$errors" >&2
            fail "the bridge did not answer as one within $seconds seconds." "look at the deployment; NOVU_WAIT waits longer."
        fi
        echo "waiting for the bridge"
        sleep 5
    done
}

preview() {
    local status=0
    novu-provider plan --markdown "$root/novu-plan.md" --json "$root/novu-plan.json" -- --stack "$stack" || status=$?
    case $status in
    0 | 2 | 3) ;; # no changes, changes, changes that delete: what to do with them is the reviewer's to say
    *) fail "the preview failed." "see above; nothing was changed in Novu." ;;
    esac
}

e2e() {
    local hook="${NOVU_E2E:-}"
    [ -n "$hook" ] || { [ ! -x ./e2e.sh ] || hook=./e2e.sh; }
    [ -n "$hook" ] || { echo "no end-to-end tests: there is no NOVU_E2E and no executable e2e.sh" && return; }
    bash -euo pipefail -c "$hook"
}

root=$PWD
project=${NOVU_PROJECT:-.}
stack=${2:-}
case "${1:-}:$stack" in
e2e:*) e2e ;;
preview:?* | deploy:?*)
    require
    install
    errors=$(mktemp)
    trap 'rm -f "$errors"' EXIT
    cd "$project"
    pulumi stack select --create --stack "$stack" --non-interactive
    wait_for_bridge
    if [ "$1" = preview ]; then preview; else pulumi up --stack "$stack" --yes --non-interactive; fi
    ;;
*) fail "usage: novu-ci.sh preview|deploy STACK, or novu-ci.sh e2e" "name one of them." ;;
esac
