#!/usr/bin/env bash
# Prints the folder of VS Code's own server, which code-server's npm package holds, and fetches it once into a folder of its
# own in the user's cache. No program of the packages is run and no native module is built: the tests need no terminal, no
# native log and no password.
set -euo pipefail
version=4.96.4
cache=${INKLING_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/inkling-test}/code-server-$version
vscode=node_modules/code-server/lib/vscode
if [ ! -e "$cache/$vscode/ready" ]; then
  rm -rf "$cache"
  mkdir -p "$cache"
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$cache" "code-server@$version" >&2
  cd "$cache/$vscode"
  # One of its pinned dependencies comes from a repository; the registry has the same version.
  node -e '
    const fs = require("fs"), lock = JSON.parse(fs.readFileSync("npm-shrinkwrap.json", "utf8"))
    for (const entry of Object.values(lock.packages)) if (/^git/.test(entry.resolved)) { delete entry.resolved; delete entry.integrity }
    fs.writeFileSync("npm-shrinkwrap.json", JSON.stringify(lock))'
  npm install --silent --no-audit --no-fund --ignore-scripts --omit=dev >&2
  touch ready
fi
echo "$cache/$vscode"
