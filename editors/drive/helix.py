"""Helix through the bridge, in its menu of completions: python3 drive/helix.py INKLING HX"""
import json
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from drive.checks import Checks  # noqa: E402
from drive.server import Server, environment  # noqa: E402
from drive.terminal import Terminal, wait  # noqa: E402

TEXT = "package a\n\n// Add returns the sum of a and b.\nfunc Add(a, b int) int {\n\t\n}\n"
DONE = TEXT.replace("\t\n", "\treturn a + b\n")
CTRL_X, CTRL_N, ESCAPE, ENTER = "\x18", "\x0e", "\x1b", "\r"
LANGUAGES = """
[language-server.inkling]
command = %s
args = ["lsp", "--menu", "--server", %s]

[[language]]
name = "go"
language-servers = ["inkling"]
"""


class Helix:
    """A Helix in a terminal; what it holds is written to its file and read there."""

    def __init__(self, binary, hx, url, home):
        config = os.path.join(home, ".config", "helix")
        os.makedirs(config, exist_ok=True)
        with open(os.path.join(config, "languages.toml"), "w") as f:
            f.write(LANGUAGES % (json.dumps(binary), json.dumps(url)))
        self.path = os.path.join(home, "a.go")
        with open(self.path, "w") as f:
            f.write(TEXT)
        more = {name: os.environ[name] for name in ("HELIX_RUNTIME",) if name in os.environ}
        self.terminal = Terminal([hx, self.path + ":5"], environment(home, **more), home)

    def saved(self):
        """The text, once it is saved from insert mode; goes back there."""
        self.terminal.press(ESCAPE)
        wait(lambda: False, 0.2)  # or the escape is taken for the beginning of a key
        self.terminal.type(":w" + ENTER)
        wait(lambda: False, 0.5)
        with open(self.path) as f:
            return f.read()


def choose(helix, server, keys, then=""):
    """Types keys, waits for a suggestion to be there, and takes it from the menu."""
    before = server.answered()
    helix.terminal.drawn = b""
    helix.terminal.type(keys + then)
    wait(lambda: server.answered() > before and b"a + b" in helix.terminal.drawn)
    seen = helix.terminal.drawn.decode(errors="replace")
    helix.terminal.type(CTRL_N)
    wait(lambda: False, 0.3)
    helix.terminal.type(ENTER)
    return "a + b" in seen


def play(binary, hx, home):
    checks = Checks()
    server = Server(binary, home)
    helix = Helix(binary, hx, server.url, home)
    try:
        checks.that("Helix has started the bridge, and opened the document", wait(lambda: server.documents() == 1), server.documents)
        helix.terminal.type("A")
        checks.that("a suggestion is in the menu that was asked for", choose(helix, server, "return ", CTRL_X))
        text = wait(lambda: helix.saved() == DONE and DONE, 10)
        checks.that("and is inserted when it is chosen", text, helix.saved)
        helix.terminal.type("5Gxc\t")
        checks.that("the menu opens by itself in a word", choose(helix, server, "retu"))
        text = wait(lambda: helix.saved().count("return a + b") == 1, 10)
        checks.that("and the word is not there twice", text, helix.saved)
        server.close()
        server = Server(binary, home, port=server.port)
        checks.that("after a restart of the server the document is open again", wait(lambda: server.documents() == 1), server.documents)
        helix.terminal.type("5Gxc\t")
        checks.that("and suggestions are there again", choose(helix, server, "return ", CTRL_X))
        helix.terminal.kill()
        checks.that("Helix killed: no session is left, and no row is busy",
                    wait(lambda: server.sessions() == 0 and server.engine()["rowsBusy"] == 0), server.engine)
    finally:
        helix.terminal.close()
        server.close()
    return checks


if __name__ == "__main__":
    folder = tempfile.mkdtemp(prefix="inkling-helix-")
    try:
        play(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), folder).finish()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
