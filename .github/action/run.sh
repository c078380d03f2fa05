#!/usr/bin/env bash
# Second step of the action: make the plan, write outputs, summary and comment, then run the command.
set -euo pipefail

: "${NOVU_STACK:?}" "${NOVU_COMMAND:?}"
export PATH="$NOVU_PATH:$PATH" PULUMI_SKIP_UPDATE_CHECK=true
command -v pulumi >/dev/null || { # the folder of Pulumi's installer
    for directory in "$HOME"/.pulumi/versions/*/bin; do PATH="$directory:$PATH"; done
}
if [ -n "$NOVU_STATE" ]; then
    # The state of the default program contains no secret, so an empty passphrase reveals nothing.
    export PULUMI_BACKEND_URL="file://$NOVU_STATE" PULUMI_CONFIG_PASSPHRASE="${PULUMI_CONFIG_PASSPHRASE:-}"
fi
saved=${NOVU_SAVED_PLAN:+$(realpath "$NOVU_SAVED_PLAN")}
project=$NOVU_WORK_DIR
if [ -z "$project" ]; then
    project=$RUNNER_TEMP/novu-program
    mkdir -p "$project"
    cp "$GITHUB_ACTION_PATH/__main__.py" "$project"
    printf 'name: novu\nruntime: python\n' >"$project/Pulumi.yaml"
fi
cd "$project"

files=$RUNNER_TEMP/novu-plan
mkdir -p "$files"
rm -f "$files"/* # of an earlier use in the same job
case "$NOVU_COMMAND" in
preview | up) operation=preview options=(--save-plan "$files/plan.pulumi") ;;
refresh | destroy) operation=$NOVU_COMMAND options=() ;;
*)
    echo "::error::command must be preview, up, refresh or destroy."
    exit 1
    ;;
esac
pulumi stack select --create --stack "$NOVU_STACK" --non-interactive
[ -z "$NOVU_PRUNE" ] || pulumi config set --stack "$NOVU_STACK" novu:pruneUnmanaged "$NOVU_PRUNE"
[ -z "$NOVU_REPLACE" ] || pulumi config set --stack "$NOVU_STACK" novu:replaceBridgeUrl "$NOVU_REPLACE"

status=0
novu-provider plan --operation "$operation" --markdown "$files/plan.md" --json "$files/plan.json" -- \
    --stack "$NOVU_STACK" "${options[@]}" || status=$?
[ -f "$files/plan.json" ] || exit 1 # the command printed its error
cat "$files/plan.md" >>"$GITHUB_STEP_SUMMARY"
python3 "$GITHUB_ACTION_PATH/.github/action/outputs.py" "$files/plan.json" >>"$GITHUB_OUTPUT"
if [ "$NOVU_COMMENT" = true ] && [ -n "$NOVU_PULL_REQUEST" ]; then
    novu-provider comment "$files/plan.md"
fi
[ "$status" != 1 ] || exit 1
case "$NOVU_COMMAND" in
preview) echo "saved-plan=$files/plan.pulumi" >>"$GITHUB_OUTPUT" ;;
up) pulumi up --stack "$NOVU_STACK" --plan "${saved:-$files/plan.pulumi}" --yes --non-interactive ;;
*) pulumi "$NOVU_COMMAND" --stack "$NOVU_STACK" --yes --non-interactive ;;
esac
