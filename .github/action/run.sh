#!/usr/bin/env bash
# Second step of the action: plan, outputs, summary and comment, then the command.
set -euo pipefail

: "${NOVU_STACK:?}" "${NOVU_COMMAND:?}"
export PATH="$RUNNER_TEMP/novu-tools/bin:$PATH" PULUMI_SKIP_UPDATE_CHECK=true
command -v pulumi >/dev/null || { # where Pulumi's installer put it
    for directory in "$HOME"/.pulumi/versions/*/bin; do PATH="$directory:$PATH"; done
}
if [ -n "$NOVU_STATE" ]; then
    # No secret is in the state of the default program, so an empty passphrase gives nothing away.
    export PULUMI_BACKEND_URL="file://$NOVU_STATE" PULUMI_CONFIG_PASSPHRASE="${PULUMI_CONFIG_PASSPHRASE:-}"
fi
project=$NOVU_WORK_DIR
if [ -z "$project" ]; then
    project=$RUNNER_TEMP/novu-program
    mkdir -p "$project"
    cp "$GITHUB_ACTION_PATH/__main__.py" "$project"
    printf 'name: novu\nruntime: python\n' >"$project/Pulumi.yaml"
fi
cd "$project"

case "$NOVU_COMMAND" in
preview | up) plan=(preview) ;;
refresh | destroy) plan=("$NOVU_COMMAND" --preview-only) ;;
*)
    echo "::error::command is neither preview, up, refresh nor destroy."
    exit 1
    ;;
esac
pulumi stack select --create --stack "$NOVU_STACK" --non-interactive
[ -z "$NOVU_PRUNE" ] || pulumi config set --stack "$NOVU_STACK" novu:pruneUnmanaged "$NOVU_PRUNE"

files=$RUNNER_TEMP/novu-plan
mkdir -p "$files"
rm -f "$files/plan.json" # of an earlier use in the same job
failed=0
pulumi "${plan[@]}" --json --stack "$NOVU_STACK" --non-interactive >"$files/preview.json" || failed=$? # its messages are shown below
status=0
novu-provider plan "$files/preview.json" --markdown "$files/plan.md" --json "$files/plan.json" || status=$?
[ -f "$files/plan.json" ] || exit 1 # the preview wrote nothing: its error is above
cat "$files/plan.md" >>"$GITHUB_STEP_SUMMARY"
python3 "$GITHUB_ACTION_PATH/.github/action/outputs.py" "$files/plan.json" >>"$GITHUB_OUTPUT"
if [ "$NOVU_COMMENT" = true ] && [ -n "$NOVU_PULL_REQUEST" ]; then
    gh pr comment "$NOVU_PULL_REQUEST" --repo "$GITHUB_REPOSITORY" --body-file "$files/plan.md" \
        --edit-last --create-if-none
fi
[ "$failed" = 0 ] && [ "$status" != 1 ] || exit 1
[ "$NOVU_COMMAND" = preview ] || pulumi "$NOVU_COMMAND" --stack "$NOVU_STACK" --yes --non-interactive
