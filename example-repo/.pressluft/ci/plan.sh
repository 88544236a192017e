#!/bin/sh
# Writes what merging HEAD into BASE would do to the fleet, as Markdown and as JSON beside it.
#
#   plan.sh BASE HEAD PLAN.md
#
# Looks at what the reconciler recorded on the status branch, so it needs no credentials but those of the checkout.
# PRESSLUFT_STATUS_BRANCH names the branch when it is not the usual one; PLAN_MAX_CHARS is the longest comment of the forge.
set -eu

base=$(git rev-parse --verify --quiet "$1^{commit}")
head=$(git rev-parse --verify --quiet "$2^{commit}")
plan=$3
branch=${PRESSLUFT_STATUS_BRANCH:-pressluft/status}

# Where the base has moved on, the commit that merging would make is what counts; it exists in this clone only.
if ! git merge-base --is-ancestor "$base" "$head"; then
  if ! tree=$(git merge-tree --write-tree "$base" "$head"); then
    echo 'plan.sh: merging has conflicts: solve them first, then there is something to plan' >&2
    exit 2
  fi
  export GIT_AUTHOR_NAME=ci GIT_AUTHOR_EMAIL=ci@localhost GIT_COMMITTER_NAME=ci GIT_COMMITTER_EMAIL=ci@localhost
  head=$(git commit-tree "$tree" -p "$base" -p "$head" -m 'What merging would make')
fi

# Of a fleet that was never reconciled there are no records: then everything is still to be made.
if ! git fetch --quiet --no-tags origin "+refs/heads/$branch:refs/heads/$branch"; then
  echo "plan.sh: origin has no branch $branch yet: planning for a fleet of which nothing is recorded" >&2
fi

pressluft plan --repo "$PWD" --observed status --base "$base" --ref "$head" --format json > "${plan%.md}.json"
pressluft plan --repo "$PWD" --observed status --base "$base" --ref "$head" \
  --format markdown --max-chars "${PLAN_MAX_CHARS:-65536}" > "$plan"
cat "$plan"
