"""Vim with coc.nvim through the bridge: python3 drive/vim.py INKLING COC-FOLDER"""
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from drive.checks import Checks  # noqa: E402
from drive.server import Server, environment  # noqa: E402
from drive.terminal import Terminal, wait  # noqa: E402

TEXT = "package a\n\n// Add returns the sum of a and b.\nfunc Add(a, b int) int {\n\t\n}\n"
CTRL_RIGHT, CTRL_DOWN = "\x1b[1;5C", "\x1b[1;5B"  # as xterm sends them
SETTLE = 1  # seconds after which what would be asked has been
VIMRC = """
set nocompatible hidden nobackup nowritebackup noswapfile encoding=utf-8
filetype plugin on
let &runtimepath = %(coc)s . ',' . &runtimepath
let g:coc_config_home = %(config)s
let g:coc_data_home = %(data)s
let g:coc_disable_startup_warning = 1
source %(keys)s
let g:channel = ch_open('127.0.0.1:%(port)d', #{mode: 'json'})
"""


class Vim:
    """A Vim in a terminal; what it holds is asked over a channel."""

    def __init__(self, binary, url, coc, home):
        self.listener = socket.create_server(("127.0.0.1", 0))
        config = os.path.join(home, "config")
        os.makedirs(config)
        settings = json.load(open(os.path.join(os.path.dirname(__file__), "..", "vim", "coc-settings.json")))
        inkling = settings["languageserver"]["inkling"]
        inkling["command"], inkling["args"] = binary, ["lsp", "--server", url]
        with open(os.path.join(config, "coc-settings.json"), "w") as f:
            json.dump(settings, f)
        keys = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vim", "keys.vim")
        vimrc = os.path.join(home, "vimrc")
        with open(vimrc, "w") as f:
            f.write(VIMRC % {"coc": repr(coc), "config": repr(config), "data": repr(os.path.join(home, "data")),
                             "keys": keys, "port": self.listener.getsockname()[1]})
        self.terminal = Terminal(["vim", "-u", vimrc, "-i", "NONE", "a.go"], environment(home), home)
        self.listener.settimeout(60)
        self.channel = self.listener.accept()[0]
        self.channel.settimeout(60)
        self.number, self.rest = 0, b""

    def ask(self, expression):
        """The value of an expression in Vim."""
        self.number -= 1
        self.channel.sendall(json.dumps(["expr", expression, self.number]).encode())
        while True:
            try:
                text = self.rest.decode().lstrip()
                answer, end = json.JSONDecoder().raw_decode(text)
                self.rest = text[end:].encode()
            except ValueError:
                data = self.channel.recv(65536)
                if not data:
                    raise RuntimeError("Vim has left") from None
                self.rest += data
                continue
            if answer[0] == self.number:
                return answer[1]

    def line(self):
        return self.ask("getline('.')")

    def screen(self):
        """The cursor's line as it is on the screen, with what is drawn into it."""
        return self.ask("join(map(range(1, &columns), {_, c -> screenstring(screenpos(0, line('.'), 1).row, c)}), '')").rstrip()

    def close(self):
        self.terminal.close()
        self.channel.close()
        self.listener.close()


def fresh(vim):
    """The buffer as it was at first, in normal mode on its line 5."""
    vim.terminal.press("\x1b")
    wait(lambda: vim.ask("mode()") == "n")
    vim.ask("deletebufline('%', 1, '$')")
    vim.ask(f"setline(1, {json.dumps(TEXT.splitlines())})")
    vim.ask("cursor(5, 2)")


def accept_parts(checks, vim, shown):
    """A word and a line of the ghost text."""
    vim.terminal.type("A")
    vim.terminal.type("return ")
    checks.that("ghost text is there for a word of it", wait(shown), vim.screen)
    vim.terminal.press(CTRL_RIGHT)
    checks.that("Ctrl-Right accepts a word", wait(lambda: vim.line() == "\treturn a"), vim.line)
    fresh(vim)
    vim.terminal.type("A")
    vim.terminal.type("return ")
    checks.that("ghost text is there for a line of it", wait(shown), vim.screen)
    vim.terminal.press(CTRL_DOWN)
    checks.that("Ctrl-Down accepts a line", wait(lambda: vim.line() == "\treturn a + b"), vim.line)


def leave_alone(checks, vim, server, home):
    """Where nothing is asked for, or sent."""
    def quiet():
        before = server.requested()
        vim.terminal.type("return ")
        wait(lambda: vim.line() == "\treturn ")
        time.sleep(SETTLE)
        return server.requested() == before

    fresh(vim)
    vim.terminal.type("qqA")
    checks.that("a macro is being recorded", wait(lambda: vim.ask("reg_recording()") == "q" and vim.ask("mode()") == "i"))
    checks.that("and nothing is asked for", quiet(), server.requested)
    vim.terminal.press("\x1b")
    vim.terminal.type("q")
    wait(lambda: not vim.ask("reg_recording()"))
    fresh(vim)
    before = server.requested()
    vim.terminal.type("@q")
    checks.that("nor is it when it is played", wait(lambda: vim.line() == "\treturn ") and not time.sleep(SETTLE)
                and server.requested() == before, server.requested)
    fresh(vim)
    vim.terminal.type("A")
    vim.terminal.type("return ")
    checks.that("afterwards it is", wait(lambda: server.requested() > before), server.requested)
    fresh(vim)
    vim.terminal.type("\\i")
    checks.that("one key turns it off", wait(lambda: server.sessions() == 0), server.sessions)
    vim.terminal.type("A")
    checks.that("then nothing is asked for", quiet(), server.requested)
    fresh(vim)
    vim.terminal.type("\\i")
    checks.that("and on again", wait(lambda: server.documents() == 1), server.documents)
    for name in (".env.local", "id_rsa", "Prod.PEM", "notes.go"):
        vim.ask(f"execute('edit! {home}/{name}')")
        vim.terminal.type("isecret = ")
        wait(lambda: vim.line() == "secret = ")
        if name == "notes.go":
            checks.that("another one it has", wait(lambda: server.documents() == 2), server.documents)
        else:
            time.sleep(SETTLE)
            checks.that(name + ": the server has never had it", server.documents() == 1, server.documents)
        vim.terminal.press("\x1b")
        wait(lambda: vim.ask("mode()") == "n")
    checks.that("a file made to be read is not excluded", vim.ask("execute('edit! .env.example') .. get(b:, 'coc_enabled', 1)") == "1")
    checks.that("the server has it", wait(lambda: server.documents() == 3), server.documents)
    vim.ask("execute('buffer! a.go')")


def leave_bytes_alone(checks, vim, server, home):
    """Binary buffers and large ones: the server does not have them, and one message says so."""
    def told(name, why):
        return vim.ask("execute('messages')").count(f"no suggestions in {name}: {why}")

    for name, data, why in (("program.go", b"a\0b\n", "it is binary"), ("large.go", b"// 0123456789ab\n" * (3 << 16), "it has 3145728 bytes")):
        with open(os.path.join(home, name), "wb") as f:
            f.write(data)
        documents = server.documents()
        vim.ask(f"execute('edit! {home}/{name}')")
        checks.that(name + ": one message says why it is left alone", wait(lambda: told(name, why)) == 1, lambda: vim.ask("execute('messages')"))
        checks.that("no key is waited for", vim.ask("mode()") == "n", lambda: vim.ask("mode()"))  # "r" where a message is to be gone on from
        vim.terminal.type("Ax")
        checks.that("it can be typed in", wait(lambda: vim.line().endswith("x")), vim.line)
        vim.terminal.press("\x1b")
        wait(lambda: vim.ask("mode()") == "n")
        time.sleep(SETTLE)
        checks.that("the server has never had it", server.documents() == documents, server.documents)
        checks.that("that was all", told(name, why) == 1, lambda: vim.ask("execute('messages')"))
    for name, more, why in (("grown.go", "repeat(['// 0123456789ab'], 200000)", "it has 3200001 bytes"), ("pasted.go", r"['a' .. nr2char(10) .. 'b']", "it is binary")):
        documents = server.documents()
        vim.ask(f"execute('edit! {home}/{name}')")
        checks.that(name + " is in the session", wait(lambda: server.documents() == documents + 1), server.documents)
        vim.ask(f"setreg('p', {more}, 'l')")
        vim.terminal.type('"pP')
        checks.that("until it is left alone", wait(lambda: server.documents() == documents), server.documents)
        checks.that("and one message says why", wait(lambda: told(name, why)) == 1, lambda: vim.ask("execute('messages')"))
    vim.ask("execute('buffer! a.go')")


def play(binary, coc, home):
    checks = Checks()
    server = Server(binary, home)
    with open(os.path.join(home, "a.go"), "w") as f:
        f.write(TEXT)
    vim = Vim(binary, server.url, coc, home)
    try:
        ready = "index(map(filter(CocAction('services'), {_, s -> s.state == 'running'}), {_, s -> s.id}), 'languageserver.inkling')"
        checks.that("coc has started the bridge", wait(lambda: vim.ask("get(g:, 'coc_service_initialized', 0)")
                                                       and vim.ask(ready) >= 0), vim.screen)
        vim.ask("cursor(5, 2)")
        vim.terminal.type("A")
        vim.terminal.type("return ")
        wait(lambda: vim.line() == "\treturn ")

        def shown():
            if not vim.ask("coc#inline#visible()"):
                vim.ask("coc#inline#trigger()")
                wait(lambda: vim.ask("coc#inline#visible()"), 3)
            return "a + b" in vim.screen()
        checks.that("ghost text is on the screen", wait(shown), vim.screen)
        checks.that("and not in the buffer", vim.line() == "\treturn ", vim.line)
        vim.terminal.type("\t")
        checks.that("Tab accepts", wait(lambda: vim.line() == "\treturn a + b"), vim.line)
        checks.that("and the ghost text is gone", wait(lambda: not vim.ask("coc#inline#visible()")), vim.screen)
        vim.terminal.press("\x15")  # takes back what was inserted
        vim.terminal.type("if a ")
        vim.ask("coc#inline#cancel()")
        vim.terminal.type("\t")
        checks.that("then Tab is a tab", wait(lambda: vim.line().endswith("\t")), vim.line)
        fresh(vim)
        accept_parts(checks, vim, shown)
        leave_alone(checks, vim, server, home)
        leave_bytes_alone(checks, vim, server, home)
        server.close()
        server = Server(binary, home, port=server.port)
        fresh(vim)
        vim.terminal.type("A")
        vim.terminal.type("return ")
        checks.that("after a restart of the server it is there again", wait(shown), vim.screen)
        coc_process = vim.ask("g:coc_process_pid")
        vim.terminal.kill()
        checks.that("Vim killed: no row is busy", wait(lambda: server.engine()["rowsBusy"] == 0), server.engine)
        os.kill(coc_process, signal.SIGKILL)  # it outlives a Vim that is killed
        checks.that("coc killed: no session is left", wait(lambda: server.sessions() == 0), server.sessions)
    finally:
        vim.close()
        server.close()
    return checks


if __name__ == "__main__":
    folder = tempfile.mkdtemp(prefix="inkling-vim-")
    try:
        play(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), folder).finish()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
