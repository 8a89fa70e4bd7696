#!/usr/bin/env bash
# clone.sh REPOSITORY COMMIT FOLDER HINT checks one commit out into a folder that it makes anew, or ends with the hint: what to do where
# there is no network.
set -euo pipefail
repository=$1 commit=$2 folder=$3 hint=$4
command -v git >/dev/null || { echo "$(basename "$repository"): git is missing"; exit 1; }
rm -rf "$folder" && mkdir -p "$folder"
git -C "$folder" init -q
git -C "$folder" fetch -q --depth 1 "$repository" "$commit" || {
  echo "$repository $commit cannot be fetched: go online, or $hint"
  rm -rf "$folder"
  exit 1
}
git -C "$folder" checkout -q FETCH_HEAD
