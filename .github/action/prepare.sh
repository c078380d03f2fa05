#!/usr/bin/env bash
# First step of the action: masks the secrets, installs, and names the stack and where its state is kept.
set -euo pipefail

mask() { # GitHub masks its own secrets; this also covers a key that was written or computed elsewhere
    [ -z "$1" ] || printf '::add-mask::%s\n' "$1"
}
mask "$NOVU_SECRET_KEY"
mask "${VERCEL_AUTOMATION_BYPASS_SECRET:-}"
mask "${PULUMI_CONFIG_PASSPHRASE:-}"
mask "${PULUMI_ACCESS_TOKEN:-}"
case "$NOVU_BRIDGE_URL" in # the token may be in the URL, as `novu sync` is given it
*x-vercel-protection-bypass=*)
    token=${NOVU_BRIDGE_URL#*x-vercel-protection-bypass=}
    mask "${token%%[&#]*}"
    ;;
esac

[ -n "$NOVU_SECRET_KEY" ] || {
    echo "::error::secret-key is empty: the secret is not set, or this is a fork's pull request, which is given none."
    exit 1
}
[ -n "$NOVU_BRIDGE_URL" ] || {
    echo "::error::bridge-url is empty: the variable or secret is not set."
    exit 1
}

tools="$RUNNER_TEMP/novu-tools"
[ -d "$tools" ] || "$NOVU_PYTHON" -m venv "$tools"
export PATH="$tools/bin:$PATH" PIP_DISABLE_PIP_VERSION_CHECK=1
if [ -n "$NOVU_WORK_DIR" ]; then
    python3 -m pip install --quiet --requirement "$NOVU_WORK_DIR/requirements.txt"
elif [ ! -x "$tools/bin/novu-provider" ]; then # a job may use the action twice
    python3 -m pip install --quiet "$GITHUB_ACTION_PATH"
fi
command -v pulumi >/dev/null || python3 -c 'import pulumi.automation as a; a.PulumiCommand.install()'

# One stack for one environment: the key says which, so that two workflows with two keys do not share a state.
stack=${NOVU_STACK:-$(python3 "$GITHUB_ACTION_PATH/.github/action/environment.py")}
state=
if [ -z "${PULUMI_BACKEND_URL:-}${PULUMI_ACCESS_TOKEN:-}" ]; then
    state=$RUNNER_TEMP/novu-state
    mkdir -p "$state"
    echo "::notice::No PULUMI_BACKEND_URL or PULUMI_ACCESS_TOKEN is set: Pulumi's state is kept in the Actions cache (docs/how-to/ci.md)."
fi
printf 'stack=%s\nstate=%s\n' "$stack" "$state" >>"$GITHUB_OUTPUT"
