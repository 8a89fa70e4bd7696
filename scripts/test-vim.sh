#!/usr/bin/env bash
# Types in a real Vim with coc.nvim, through the bridge. INKLING_COC names a folder with a built coc.nvim; without it one of
# fixed version is cloned and built into the user's cache. Vim comes from Debian.
set -euo pipefail
cd "$(dirname "$0")/.."
commit=18626f52a8609487daadccfe5e841ddeec54fc9b rolldown=1.3.2
cache=${INKLING_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/inkling-test}
coc=${INKLING_COC:-$cache/coc-$commit}
bash scripts/editor-package.sh vim vim-nox
vim --version | grep -q '+popupwin' || bash scripts/editor-package.sh "Vim with channels and popups" vim-nox install
bash scripts/editor-package.sh node nodejs
if [ ! -e "$coc/build/index.js" ]; then
  bash scripts/clone.sh "${COC_REPOSITORY:-https://github.com/neoclide/coc.nvim}" "$commit" "$coc.new" "set INKLING_COC to a folder with a built one"
  # Of what it needs to be developed only the bundler is fetched.
  (cd "$coc.new" && node -e '
    const fs = require("fs"), p = JSON.parse(fs.readFileSync("package.json"))
    p.devDependencies = {rolldown: process.argv[1], "vscode-languageserver": p.devDependencies["vscode-languageserver"]}
    delete p.scripts
    fs.writeFileSync("package.json", JSON.stringify(p))' "$rolldown" && rm -f package-lock.json \
    && npm install --no-audit --no-fund --ignore-scripts --loglevel=error >/dev/null && npx --no-install rolldown -c >/dev/null)
  mv "$coc.new" "$coc"
fi
vim --version | head -1
python3 editors/drive/vim.py bin/inkling "$coc"
