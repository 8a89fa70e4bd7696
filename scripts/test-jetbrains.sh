#!/usr/bin/env bash
# Plays the part of JetBrains' LSP4IJ with the library that it is built on (Eclipse LSP4J), against the bridge: no JetBrains editor is run. Needs
# Java 17 or later and Maven (Debian: openjdk-17-jdk-headless maven), which fetches LSP4J from Maven Central once. CI has neither, and does not run it.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v mvn >/dev/null && command -v java >/dev/null || { echo "test-jetbrains: Java and Maven are missing (Debian: openjdk-17-jdk-headless maven)"; exit 1; }
# The command that the page shows is the one that is run.
line=$(sed -n '/^\*\*JetBrains\*\*/,/^\*\*Sublime/s/.*`\(inkling lsp --server [^`]*\)`.*/\1/p' docs/editors.md)
[ -n "$line" ] || { echo "test-jetbrains: docs/editors.md shows no command for JetBrains"; exit 1; }
home=$(mktemp -d "${TMPDIR:-/tmp}/inkling-jetbrains-XXXXXX")
trap 'rm -rf "$home"' EXIT
built=$PWD/bin/jetbrains
mvn -q -B -Dstyle.color=never -f editors/jetbrains/pom.xml compile dependency:copy-dependencies
# As on a machine of eight cores: LSP4IJ writes each message from a thread of this pool.
# shellcheck disable=SC2086 # words of a command
java -Djava.util.concurrent.ForkJoinPool.common.parallelism=7 -cp "$built/classes:$built/dependency/*" inkling.Play "$PWD/bin/inkling" "$home" $line
