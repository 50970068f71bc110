#!/bin/sh
# Opens the change of the formula in a tap, or says that there is none: open-tap-change.sh OWNER/homebrew-tap TAG cord.rb
# GH_TOKEN may push branches there and open pull requests. A second run for the same tag renews the first one's branch.
set -eu
tap=${1:?usage: open-tap-change.sh OWNER/homebrew-tap TAG FORMULA}
tag=${2:?usage: open-tap-change.sh OWNER/homebrew-tap TAG FORMULA}
formula=${3:?usage: open-tap-change.sh OWNER/homebrew-tap TAG FORMULA}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/cord-tap.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

gh repo clone "$tap" "$scratch/tap" -- --quiet --depth 1
mkdir -p "$scratch/tap/Formula"
cp "$formula" "$scratch/tap/Formula/cord.rb"
cd "$scratch/tap"
branch=cord-$tag
git switch --quiet --create "$branch"
git add Formula/cord.rb
if git diff --cached --quiet; then
  echo "The formula in $tap is that of $tag already."
  exit 0
fi
git -c user.name="cord's release" -c user.email=release@users.noreply.github.com commit --quiet --message "cord ${tag#v}"
git -c credential.helper= -c credential.helper='!gh auth git-credential' push --quiet --force origin "$branch"
if [ -z "$(gh pr list --repo "$tap" --head "$branch" --json number --jq '.[].number')" ]; then
  gh pr create --repo "$tap" --head "$branch" --title "cord ${tag#v}" --body "The formula that was built with the release $tag."
fi
