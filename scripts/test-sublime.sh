#!/usr/bin/env bash
# Plays Sublime Text's part with its package LSP, of fixed version, against the bridge: its transport, sessions, buffers and completion around a
# stand-in for the editor, which is not run. INKLING_SUBLIME_LSP names a folder with LSP/ and lib/; without it LSP is cloned into the user's cache
# (LSP_SUBLIME_REPOSITORY: from elsewhere), and its three libraries are fetched by pip. Not in CI, which does not clone.
set -euo pipefail
cd "$(dirname "$0")/.."
commit=7ffc7211d0c07317f7d6a9b35601e2e0360d85b8
cache=${INKLING_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/inkling-test}
package=${INKLING_SUBLIME_LSP:-$cache/sublime-$commit}
if [ ! -e "$package/LSP/boot.py" ]; then
  rm -rf "$package.new"
  bash scripts/clone.sh "${LSP_SUBLIME_REPOSITORY:-https://github.com/sublimelsp/LSP}" "$commit" "$package.new/LSP" "set INKLING_SUBLIME_LSP to a folder with it"
  python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --no-deps --target "$package.new/lib" \
    typing_extensions==4.13.2 wcmatch==10.0 bracex==2.5.post1
  mv "$package.new" "$package"
fi
python3 editors/drive/sublime_text.py bin/inkling "$package" docs/editors.md
