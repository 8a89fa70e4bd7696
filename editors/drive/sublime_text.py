"""Sublime Text's package LSP with the bridge, in its menu, without the editor: python3 drive/sublime_text.py INKLING FOLDER PAGE, where
FOLDER holds LSP and its libraries, and PAGE shows the configuration."""
import hashlib
import json
import os
import random
import re
import shutil
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [HERE, os.path.join(HERE, "sublime"), sys.argv[2], os.path.join(sys.argv[2], "lib")]
import sublime  # noqa: E402
from drive.checks import Checks  # noqa: E402
from drive.server import Server, environment  # noqa: E402
from drive.sublime_client import Client  # noqa: E402
from drive.terminal import wait  # noqa: E402
from LSP.plugin.core.transports import kill_all_subprocesses  # noqa: E402

URI = "file:///project/a.go"
HEAD = "package a\n\n// Add returns the sum of a and b. 😀\nfunc Add(a, b int) int {\n\t"
TEXT = HEAD + "\n}\n"
DONE = HEAD + "return a + b\n}\n"


def configured(page, binary, url):
    """The configuration that the page shows, with this program and this server in it."""
    with open(page) as f:
        shown = json.loads(re.search(r'```json\n(\{"inkling": \{.*?"selector".*?)```', f.read(), re.S)[1])["inkling"]
    shown["command"] = [binary if word == "inkling" else url if word.startswith("ws://") else word for word in shown["command"]]
    return shown


def in_step(client):
    want = hashlib.sha256(client.view.text.encode()).hexdigest()
    return wait(lambda: client.digest() == want, 10)


def again(client, head=HEAD):
    """Another text, with the caret behind "return "."""
    client.view.replace(0, client.view.size(), head + TEXT[len(HEAD):])
    client.view.caret = len(head)
    client.view.type("return ")


def fresh():
    """A head that was never seen before, and is long: its suggestion takes a while."""
    names = ["%x" % random.getrandbits(40) for _ in range(60)]
    package, add = HEAD[:11], HEAD[11:]
    return package + "".join(f"// F{n} returns x times {i}.\nfunc F{n}(x int) int {{ return x * {i} }}\n\n" for i, n in enumerate(names)) + add


def the(items):
    """The item, where there is one that goes on as it should."""
    return items[0] if len(items) == 1 and "a + b" in items[0].trigger else None


def typing(checks, client, server):
    checks.that("LSP reads the answer to initialize: a menu, and changes as deltas",
                client.session.has_capability("completionProvider") and client.buffer.text_sync_kind() == 2, lambda: client.session.capabilities)
    checks.that("the document is open", wait(lambda: server.documents() == 1), server.documents)
    client.view.type("x😀é")
    client.view.replace(len(HEAD), client.view.caret, "")
    client.view.type("retu")
    checks.that("and in step after deltas with 😀 in them", in_step(client), lambda: client.view.text)
    items, flags = client.menu()
    checks.that("in a word, the menu has an item that begins with it", the(items) and items[0].trigger.startswith("retu"), lambda: items)
    checks.that("and is asked for again at the next key", flags & sublime.AutoCompleteFlags.DYNAMIC_COMPLETIONS, lambda: flags)
    accepted = server.get("/api/v1/metrics")["sessions"]["events"].get("accepted", 0)
    client.choose(items[0])
    checks.that("taken, it stands in the word's place", client.view.text == DONE and in_step(client), lambda: client.view.text)
    checks.that("and its command tells the server", wait(lambda: server.get("/api/v1/metrics")["sessions"]["events"]["accepted"] == accepted + 1))
    again(client)
    items, _ = client.menu(manually=True)
    checks.that("asked for behind a blank, there is one too", the(items), lambda: items)
    client.choose(items[0])
    checks.that("which is inserted", client.view.text == DONE and in_step(client), lambda: client.view.text)


def cancelling(checks, client, server):
    again(client, fresh())
    requested = server.requested()
    done, found = client.query()
    wait(lambda: server.requested() > requested)
    client.call(client.task.cancel_async)
    checks.that("a menu that is cancelled is empty at once", done.wait(1) and not found[0][0], lambda: found)
    checks.that("and its request is answered", wait(lambda: any(e.get("code") == -32800 for e in client.logger.errors), 10), lambda: client.logger.errors)
    items, _ = client.menu()
    checks.that("and the next one has a suggestion", the(items), lambda: items)
    again(client, fresh())
    requested, errors = server.requested(), len(client.logger.errors)
    done, found = client.query()
    wait(lambda: server.requested() > requested)
    client.view.type("a ")
    checks.that("a newer key empties the older menu, and is no error", done.wait(30) and not found[0][0] and len(client.logger.errors) == errors, lambda: found)


def restarting(checks, client, server, binary, home):
    again(client)
    port = server.port
    server.close()
    items, _ = client.menu()
    checks.that("without a server the menu is empty, and one message says why",
                not items and wait(lambda: sum("the server is away" in m for m in client.manager.messages) == 1), lambda: client.manager.messages)
    client.view.replace(client.view.caret - len("return "), client.view.caret, "")
    client.view.type("return ")
    server = Server(binary, home, port=port)
    checks.that("it comes back: the document is open again, as it is now", wait(lambda: server.documents() == 1) and in_step(client), lambda: client.view.text)
    items, _ = client.menu()
    checks.that("and the menu has an item again", the(items), lambda: items)
    return server


def play(binary, page, home):
    checks = Checks()
    server = Server(binary, home)
    os.environ.update(environment(home))  # the package hands on its own
    try:
        client = Client(configured(page, binary, server.url), URI, TEXT, len(HEAD))
        typing(checks, client, server)
        cancelling(checks, client, server)
        server = restarting(checks, client, server, binary, home)
        checks.that("the status bar had no error", not sublime.shown, lambda: sublime.shown)
        checks.that("shut down, the bridge has ended with 0", client.stop() == 0, lambda: client.manager.exit_code)
        checks.that("and no session is left", wait(lambda: server.sessions() == 0), server.sessions)
        client = Client(configured(page, binary, server.url), URI, TEXT, len(HEAD))
        again(client, fresh())
        client.query()
        kill_all_subprocesses()  # as the package does when it is unloaded
        checks.that("killed: no session is left, and no row is busy",
                    wait(lambda: server.sessions() == 0 and server.engine()["rowsBusy"] == 0), server.engine)
        client.manager.ended.wait(10)
        inside = configured(page, binary, "")
        inside["command"] = [word for word in inside["command"] if word not in ("--server", "")]
        client = Client(inside, URI, TEXT, len(HEAD))
        client.view.type("return ")
        checks.that("with the engine inside, the menu has an item once it is loaded", wait(lambda: the(client.menu()[0])), lambda: client.manager.messages)
        checks.that("and it ends with 0", client.stop() == 0, lambda: client.manager.exit_code)
    finally:
        server.close()
        kill_all_subprocesses()
    return checks


def unless_killed(args):
    """The package's writer ends by this where its server was killed."""
    if args.exc_type is not BrokenPipeError:
        threading.__excepthook__(args)


if __name__ == "__main__":
    threading.excepthook = unless_killed
    folder = tempfile.mkdtemp(prefix="inkling-sublime-")
    try:
        play(os.path.abspath(sys.argv[1]), sys.argv[3], folder).finish()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
