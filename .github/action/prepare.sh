#!/usr/bin/env bash
# First step of the action: mask the secrets, install the tools, and choose the stack and the place of its state.
set -euo pipefail

mask() { # GitHub masks the secrets that it stores. This also masks a key that comes from another place.
    [ -z "$1" ] || printf '::add-mask::%s\n' "$1"
}
mask "$NOVU_SECRET_KEY"
mask "${VERCEL_AUTOMATION_BYPASS_SECRET:-}"
mask "${PULUMI_CONFIG_PASSPHRASE:-}"
mask "${PULUMI_ACCESS_TOKEN:-}"
case "$NOVU_BRIDGE_URL" in # the URL may contain the bypass token, as for `novu sync`
*x-vercel-protection-bypass=*)
    token=${NOVU_BRIDGE_URL#*x-vercel-protection-bypass=}
    mask "${token%%[&#]*}"
    ;;
esac

[ -n "$NOVU_SECRET_KEY" ] || {
    echo "::error::secret-key is empty. The secret is not set, or this is a pull request from a fork, which gets no secrets."
    exit 1
}
[ -n "$NOVU_BRIDGE_URL" ] || {
    echo "::error::bridge-url is empty. The variable or the secret is not set."
    exit 1
}

tools="$RUNNER_TEMP/novu-tools"
[ -d "$tools" ] || "$NOVU_PYTHON" -m venv "$tools"
export PATH="$tools/bin:$PATH" PIP_DISABLE_PIP_VERSION_CHECK=1
path="$tools/bin"
if [ -n "$NOVU_WORK_DIR" ]; then
    # `pulumi install` installs the program's dependencies with pip, uv or poetry.
    added=$(NOVU_PROJECT="$NOVU_WORK_DIR" NOVU_TOOLS="$tools" "$GITHUB_ACTION_PATH/examples/ci/novu-ci.sh" install)
    path="$added:$path"
    export PATH="$added:$PATH"
elif [ ! -x "$tools/bin/novu-provider" ]; then # a job may use the action twice
    python3 -m pip install --quiet "$GITHUB_ACTION_PATH"
fi
command -v pulumi >/dev/null || python3 -c 'import pulumi.automation as a; a.PulumiCommand.install()'

# One stack for each environment. The key tells which one, so two workflows with two keys do not share a state.
stack=${NOVU_STACK:-$(python3 "$GITHUB_ACTION_PATH/.github/action/environment.py")}
state=
if [ -z "${PULUMI_BACKEND_URL:-}${PULUMI_ACCESS_TOKEN:-}" ]; then
    state=$RUNNER_TEMP/novu-state
    mkdir -p "$state"
    echo "::notice::PULUMI_BACKEND_URL and PULUMI_ACCESS_TOKEN are not set. The Actions cache stores Pulumi's state (docs/reference/github-action.md)."
fi
printf 'stack=%s\nstate=%s\npath=%s\n' "$stack" "$state" "$path" >>"$GITHUB_OUTPUT"
