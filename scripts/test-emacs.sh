#!/usr/bin/env bash
# Types in a real Emacs with lsp-mode, through the bridge. INKLING_LSP_MODE names a folder with lsp-mode 10; without it one of
# fixed version is cloned into the user's cache. Emacs and what lsp-mode needs come from Debian.
set -euo pipefail
cd "$(dirname "$0")/.."
commit=90bc0430f670c4da44e31c4fad1d2fb4a71dc909
cache=${INKLING_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/inkling-test}
lsp=${INKLING_LSP_MODE:-$cache/lsp-mode-$commit}
bash scripts/editor-package.sh emacs emacs-nox
compgen -G '/usr/share/emacs/site-lisp/elpa/dash-*' >/dev/null || bash scripts/editor-package.sh "what lsp-mode needs" elpa-lsp-mode install
if [ ! -e "$lsp/lsp-inline-completion.el" ]; then
  bash scripts/clone.sh "${LSP_MODE_REPOSITORY:-https://github.com/emacs-lsp/lsp-mode}" "$commit" "$lsp.new" "set INKLING_LSP_MODE to a folder with one"
  mv "$lsp.new" "$lsp"
fi
emacs --version | head -1
python3 editors/drive/emacs.py bin/inkling "$lsp"
