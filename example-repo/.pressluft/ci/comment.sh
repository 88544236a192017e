#!/bin/sh
# Posts a plan as a comment of a pull request, or updates the existing one: there is one comment, however often the job runs.
# A comment is its own if it begins as a plan and its author is the account of the token: anybody can post one that looks like a plan.
#
#   comment.sh github|forgejo|gitlab PLAN.md
#
# Needs curl and jq, and these environment variables of the forge:
#   github, forgejo  GITHUB_API_URL, GITHUB_REPOSITORY, PULL_REQUEST (its number), COMMENT_TOKEN
#   gitlab           CI_API_V4_URL, CI_PROJECT_ID, CI_MERGE_REQUEST_IID, COMMENT_TOKEN
#
#   all              COMMENT_AUTHOR, only where the forge does not tell the account of the token and it is not the default one (Gitea:
#                    gitea-actions)
#
# Fails if the plan could not be posted, e.g. for a fork: what looks like a plan in the pull request is not this one then. Without a
# token there is nothing to post: the plan is in the log and the artifact of the job.
set -eu

forge=$1
plan=$2
# The first line of every plan comment identifies it.
marker='<!-- pressluft-plan'

case $(head -n 1 "$plan") in
  "$marker"*) ;;
  *)
    echo "comment.sh: $plan is not a plan in Markdown (pressluft plan --format markdown)" >&2
    exit 2
    ;;
esac

if [ -z "${COMMENT_TOKEN:-}" ]; then
  echo 'No token that may write comments: the plan is in the log and the artifact of this job.'
  exit 0
fi

case $forge in
  github | forgejo)
    user=$GITHUB_API_URL/user
    author='.user.login'
    comments=$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments
    one=$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues/comments
    update=PATCH
    ;;
  gitlab)
    user=$CI_API_V4_URL/user
    author='.author.username'
    comments=$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes
    one=$comments
    update=PUT
    ;;
  *)
    echo "comment.sh: unknown forge $forge: github, forgejo or gitlab" >&2
    exit 2
    ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The token is in a file that only this user can read, not in the arguments that every process can see.
umask 077
if [ "$forge" = gitlab ]; then
  printf 'header = "PRIVATE-TOKEN: %s"\n' "$COMMENT_TOKEN" > "$work/curl.conf"
else
  printf 'header = "Authorization: Bearer %s"\n' "$COMMENT_TOKEN" > "$work/curl.conf"
fi

# call METHOD URL [curl flags]: writes the body of the answer to $work/answer, and its status to standard output.
call() {
  method=$1
  url=$2
  shift 2
  curl --silent --show-error --config "$work/curl.conf" --request "$method" --retry 3 --max-time 60 \
    --header 'Content-Type: application/json' --output "$work/answer" --write-out '%{http_code}' "$@" "$url"
}

# The account that the token writes as. GitHub and Forgejo do not tell it to the token of a job; these names cannot be registered.
own_account() {
  status=$(call GET "$user")
  account=
  if [ "$status" = 200 ]; then account=$(jq --raw-output '.login // .username // empty' "$work/answer"); fi
  if [ -n "$account" ]; then
    jq --null-input --arg name "$account" '[$name]'
  elif [ -n "${COMMENT_AUTHOR:-}" ]; then
    jq --null-input --arg name "$COMMENT_AUTHOR" '[$name]'
  elif [ "$forge" = github ]; then
    echo '["github-actions[bot]"]'
  elif [ "$forge" = forgejo ]; then
    echo '["forgejo-actions"]'
  else
    echo '[]'
  fi
}

# Forges return at most 100 comments per page; an empty page is the end.
find_comment() {
  page=1
  while [ "$page" -le 50 ]; do
    status=$(call GET "$comments?per_page=100&limit=100&page=$page")
    [ "$status" = 200 ] || return 0
    found=$(jq --raw-output --arg marker "$marker" --argjson accounts "$accounts" \
      "first(.[] | select(.body | type == \"string\" and startswith(\$marker)) | select($author | IN(\$accounts[])) | .id) // empty" \
      "$work/answer")
    if [ -n "$found" ]; then
      echo "$found"
      return 0
    fi
    # Forgejo returns all comments of an issue at once, without pages.
    if [ "$forge" = forgejo ] || [ "$(jq length "$work/answer")" = 0 ]; then return 0; fi
    page=$((page + 1))
  done
}

jq --null-input --rawfile body "$plan" '{ body: $body }' > "$work/body.json"
accounts=$(own_account)
id=$(find_comment)
status=
if [ -n "$id" ]; then status=$(call "$update" "$one/$id" --data-binary "@$work/body.json"); fi
case $status in
  200 | 201)
    echo 'The plan comment was updated.'
    exit 0
    ;;
esac

# There is none yet, or it may not be changed.
status=$(call POST "$comments" --data-binary "@$work/body.json")
case $status in
  200 | 201) echo 'The plan was posted as a comment.' ;;
  *)
    echo "comment.sh: the plan could not be posted; it is in the log and the artifact of this job. The forge answered HTTP $status:" >&2
    head -c 1000 "$work/answer" >&2
    echo >&2
    exit 1
    ;;
esac
