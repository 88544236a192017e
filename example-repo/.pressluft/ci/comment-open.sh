#!/bin/sh
# GitLab: posts the plan of every open merge request into the branch that is checked out. For a pipeline of a protected branch, the only
# ones that get COMMENT_TOKEN.
#
# Needs curl and jq, and the variables of the job: CI_API_V4_URL, CI_PROJECT_ID, CI_COMMIT_BRANCH, COMMENT_TOKEN
set -eu

if [ -z "${COMMENT_TOKEN:-}" ]; then
  echo 'comment-open.sh: PRESSLUFT_COMMENT_TOKEN is not set, or this branch is not protected' >&2
  exit 2
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 077
printf 'header = "PRIVATE-TOKEN: %s"\n' "$COMMENT_TOKEN" > "$work/curl.conf"

base=$(git rev-parse --verify HEAD)
failed=0
page=1
while [ "$page" -le 20 ]; do
  curl --silent --show-error --fail --config "$work/curl.conf" --retry 3 --max-time 60 --get \
    --data-urlencode "target_branch=$CI_COMMIT_BRANCH" --data "state=opened&per_page=100&page=$page" \
    --output "$work/open.json" "$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests"
  numbers=$(jq --raw-output '.[].iid | numbers' "$work/open.json")
  [ -n "$numbers" ] || break
  for number in $numbers; do
    # GitLab allows a million characters in a note.
    if git fetch --quiet origin "refs/merge-requests/$number/head" \
      && PLAN_MAX_CHARS=1000000 sh .pressluft/ci/plan.sh "$base" FETCH_HEAD "$work/plan.md" > "$work/log" 2>&1 \
      && CI_MERGE_REQUEST_IID=$number sh .pressluft/ci/comment.sh gitlab "$work/plan.md"; then
      :
    else
      echo "comment-open.sh: the plan of !$number could not be posted:" >&2
      tail -n 20 "$work/log" >&2
      failed=1
    fi
  done
  page=$((page + 1))
done
exit "$failed"
