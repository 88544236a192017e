#!/bin/sh
# Writes the plan for merging HEAD into BASE, as Markdown and as JSON beside it.
#
#   plan.sh BASE HEAD PLAN.md
#
# Reads the records of the reconciler on the status branch, so it needs no credentials except those of the checkout.
# PRESSLUFT_STATUS_BRANCH names the branch if it is not the default; PLAN_MAX_CHARS is the maximum length of a comment of the forge.
set -eu

base=$(git rev-parse --verify --quiet "$1^{commit}")
head=$(git rev-parse --verify --quiet "$2^{commit}")
plan=$3
branch=${PRESSLUFT_STATUS_BRANCH:-pressluft/status}

# If the base has newer commits, the plan is for the merge commit, which is created in this clone only.
if ! git merge-base --is-ancestor "$base" "$head"; then
  if ! tree=$(git merge-tree --write-tree "$base" "$head"); then
    echo 'plan.sh: the merge has conflicts: resolve them first' >&2
    exit 2
  fi
  export GIT_AUTHOR_NAME=ci GIT_AUTHOR_EMAIL=ci@localhost GIT_COMMITTER_NAME=ci GIT_COMMITTER_EMAIL=ci@localhost
  head=$(git commit-tree "$tree" -p "$base" -p "$head" -m 'Result of the merge')
fi

# A fleet that was never reconciled has no records: then the plan creates everything.
if ! git fetch --quiet --no-tags origin "+refs/heads/$branch:refs/heads/$branch"; then
  echo "plan.sh: origin has no branch $branch yet: planning for a fleet without records" >&2
fi

pressluft plan --repo "$PWD" --observed status --base "$base" --ref "$head" --format json > "${plan%.md}.json"
pressluft plan --repo "$PWD" --observed status --base "$base" --ref "$head" \
  --format markdown --max-chars "${PLAN_MAX_CHARS:-65536}" > "$plan"
cat "$plan"
