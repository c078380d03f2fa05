#!/usr/bin/env bash
# The commands that every pipeline shares. `novu-provider ci` writes this file beside a pipeline.
#
#   novu-ci.sh preview STACK   writes the plan: novu-plan.md, novu-plan.json, and novu-plan.pulumi for `apply`.
#                              In a pull request it also shows the plan in a comment, if there is a token.
#   novu-ci.sh apply STACK     applies the plan of `preview`, and nothing else
#   novu-ci.sh deploy STACK    makes a new plan and applies it at once
#   novu-ci.sh e2e             runs the end-to-end tests: NOVU_E2E, or ./e2e.sh if that file exists
#   novu-ci.sh install         installs the tools, and prints their folders for PATH
#
# Secrets come from the secret store of the CI system, as environment variables:
#   NOVU_SECRET_KEY, PULUMI_CONFIG_PASSPHRASE; VERCEL_AUTOMATION_BYPASS_SECRET for protected previews
#   PULUMI_BACKEND_URL, or PULUMI_ACCESS_TOKEN for Pulumi Cloud
#   GITHUB_TOKEN, GITLAB_TOKEN or BITBUCKET_TOKEN for the comment
# Other variables:
#   NOVU_BRIDGE_URL, unless the stack's configuration contains it
#   NOVU_PROJECT: the folder of the Pulumi program. NOVU_WAIT: seconds to wait for a deployment, 600 by default.
#   NOVU_PLAN: the file of the saved plan. NOVU_TOOLS: the folder of installed tools.
#   NOVU_PULUMI_VERSION: the version of the Pulumi CLI to install.
set -euo pipefail
{ set +x; } 2>/dev/null # `bash -x` of a runner would print secrets

fail() {
    echo "error: $1" >&2
    echo "  Fix: $2" >&2
    exit 1
}

require() {
    [ -n "${NOVU_SECRET_KEY:-}" ] || fail "NOVU_SECRET_KEY is not set." \
        "Store the environment's key in the secret store of the CI system. Pull requests from forks get no secrets."
    [ -n "${PULUMI_BACKEND_URL:-}${PULUMI_ACCESS_TOKEN:-}" ] || fail "no state backend is set." \
        "Set PULUMI_BACKEND_URL (s3://…, postgres://…), or PULUMI_ACCESS_TOKEN for Pulumi Cloud."
}

# Prints a runtime option of Pulumi.yaml, or nothing.
option() {
    { grep -v '^[[:space:]]*#' Pulumi.yaml | grep -oE "(^|[[:space:]{,])$1:[[:space:]]*[^#,}[:space:]]+" || true; } |
        head -n 1 | sed "s/.*:[[:space:]]*//" | tr -d "\"'"
}

use() {
    tools="$1${tools:+:$tools}"
    export PATH="$1:$PATH"
}

# `pulumi install` installs the dependencies of the program as Pulumi.yaml says: with pip, uv or poetry.
install() {
    local own="${NOVU_TOOLS:-$root/.novu-tools}" toolchain virtualenv
    local -a missing=()
    export PIP_DISABLE_PIP_VERSION_CHECK=1 PULUMI_SKIP_UPDATE_CHECK=true POETRY_VIRTUALENVS_IN_PROJECT=true
    [ -f Pulumi.yaml ] || fail "there is no Pulumi.yaml in $PWD." "Set NOVU_PROJECT to the folder of the Pulumi program."
    toolchain=$(option toolchain) virtualenv=$(option virtualenv)
    if [ -z "$virtualenv" ] && [ "${toolchain:-pip}" = pip ]; then
        # Without a virtual environment, Pulumi installs into the Python that it finds first.
        [ -d .venv ] || python3 -m venv .venv
        use "$PWD/.venv/bin"
    fi
    [ ! -d "$own/bin" ] || use "$own/bin"
    case $toolchain in
    uv | poetry) command -v "$toolchain" >/dev/null || missing+=("$toolchain") ;;
    esac
    command -v pulumi >/dev/null || missing+=("pulumi${NOVU_PULUMI_VERSION:+==$NOVU_PULUMI_VERSION}")
    if [ ${#missing[@]} -gt 0 ]; then
        python3 -m venv "$own"
        "$own/bin/python" -m pip install --quiet "${missing[@]}"
        use "$own/bin"
        # The SDK installs the CLI of its own version.
        command -v pulumi >/dev/null ||
            "$own/bin/python" -c 'import sys, pulumi.automation as a; a.PulumiCommand.install(root=sys.argv[1])' "$own"
    fi
    pulumi install >&2
    use "$PWD/${virtualenv:-.venv}/bin"
    command -v novu-provider >/dev/null || fail "the command novu-provider is not installed." \
        "Add the package to the dependencies of the Pulumi program, as in the page Get started."
}

# With a manifest file, the preview needs no bridge, and `up` waits until the bridge serves exactly that manifest.
# Without it, the first response of the bridge ends the wait, even if an old build sent it.
wait_for_bridge() {
    local seconds="${NOVU_WAIT:-600}" manifest
    if [ -f "$root/novu.manifest.json" ]; then
        # A relative path: the saved plan contains it, and another job may have another folder.
        manifest=$(python3 -c 'import os, sys; print(os.path.relpath(sys.argv[1]))' "$root/novu.manifest.json")
        pulumi config set --stack "$stack" novu:manifest "$manifest"
        pulumi config set --stack "$stack" novu:waitForBridge "$seconds"
    else
        novu-provider manifest export --stack "$stack" --wait "$seconds" --output /dev/null
    fi
}

preview() {
    local status=0 limit=65000
    [ -z "${BITBUCKET_BUILD_NUMBER:-}" ] || limit=32000 # the longest comment on Bitbucket
    rm -f "$plan" "$root/novu-plan.md" "$root/novu-plan.json"
    wait_for_bridge
    novu-provider plan --markdown "$root/novu-plan.md" --json "$root/novu-plan.json" --max-bytes "$limit" -- \
        --stack "$stack" --save-plan "$plan" || status=$?
    show
    case $status in
    0 | 2 | 3) echo "id of this plan: $(plan_id)" ;; # no changes, changes, or deletions: the reviewer decides
    *) fail "the preview failed." "See the messages above. Nothing was changed in Novu." ;;
    esac
}

# Shows the plan where the CI system has a place for it.
show() {
    local url="${CIRCLE_PULL_REQUEST:-${CHANGE_URL:-}}" number="${SYSTEM_PULLREQUEST_PULLREQUESTNUMBER:-}"
    [ -f "$root/novu-plan.md" ] || return 0
    [ -z "${GITHUB_STEP_SUMMARY:-}" ] || cat "$root/novu-plan.md" >>"$GITHUB_STEP_SUMMARY"
    [ "${TRAVIS_PULL_REQUEST:-false}" = false ] || url="https://github.com/$TRAVIS_REPO_SLUG/pull/$TRAVIS_PULL_REQUEST"
    [ -z "$number" ] || url="$BUILD_REPOSITORY_URI/pull/$number"
    case "$url${CI_MERGE_REQUEST_IID:-}${BITBUCKET_PR_ID:-}:${GITHUB_EVENT_NAME:-}" in
    ?*: | *:pull_request*) ;;
    *) return 0 ;;
    esac
    if [ -z "${GITHUB_TOKEN:-}${GITLAB_TOKEN:-}${BITBUCKET_TOKEN:-}" ]; then
        echo "no comment: GITHUB_TOKEN, GITLAB_TOKEN or BITBUCKET_TOKEN is not set"
        return 0
    fi
    novu-provider comment ${url:+--pull-request "$url"} "$root/novu-plan.md"
}

# Identifies what a plan changes. Two equal plans have the same id.
plan_id() {
    python3 - "$root/novu-plan.json" <<'PYTHON'
import hashlib, json, sys
plan = json.load(open(sys.argv[1], encoding="utf-8"))
plan.pop("messages")
print(hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()[:16])
PYTHON
}

apply() {
    if [ ! -f "$plan" ]; then
        # Systems that pass no files between builds: a person names the plan that may be applied.
        [ -n "${NOVU_APPROVED_PLAN:-}" ] || fail "there is no saved plan in $plan." \
            "Run \`novu-ci.sh preview $stack\` first, or set NOVU_APPROVED_PLAN to the id of the approved plan."
        preview
        [ "$(plan_id)" = "$NOVU_APPROVED_PLAN" ] || fail "this plan is not the approved plan $NOVU_APPROVED_PLAN." \
            "Read the plan above. If it is right, start the build again with its id."
    else
        [ ! -f "$root/novu.manifest.json" ] || wait_for_bridge
    fi
    pulumi up --stack "$stack" --plan "$plan" --yes --non-interactive
}

deploy() {
    wait_for_bridge
    pulumi up --stack "$stack" --yes --non-interactive
}

e2e() {
    local hook="${NOVU_E2E:-}"
    [ -n "$hook" ] || { [ ! -x ./e2e.sh ] || hook=./e2e.sh; }
    [ -n "$hook" ] || { echo "no end-to-end tests: NOVU_E2E is not set, and there is no executable e2e.sh" && return; }
    bash -euo pipefail -c "$hook"
}

root=$PWD
project=${NOVU_PROJECT:-.}
plan=${NOVU_PLAN:-$root/novu-plan.pulumi}
stack=${2:-}
tools=
case "${1:-}:$stack" in
e2e:*) e2e ;;
install:*)
    cd "$project"
    install >&2
    printf '%s\n' "$tools"
    ;;
preview:?* | apply:?* | deploy:?*)
    require
    cd "$project"
    install
    pulumi stack select --create --stack "$stack" --non-interactive
    "$1"
    ;;
*) fail "usage: novu-ci.sh preview|apply|deploy STACK, or novu-ci.sh e2e|install" "Pass one of these commands." ;;
esac
