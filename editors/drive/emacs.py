"""Emacs with lsp-mode through the bridge: python3 drive/emacs.py INKLING LSP-MODE-FOLDER"""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from drive.checks import Checks  # noqa: E402
from drive.server import Server, environment  # noqa: E402
from drive.terminal import Terminal, wait  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
INIT = """
(setq inhibit-startup-screen t make-backup-files nil auto-save-default nil create-lockfiles nil
      lsp-auto-guess-root t lsp-restart 'ignore lsp-enable-suggest-server-download nil lsp-warn-no-matched-clients nil
      lsp-lens-enable nil lsp-headerline-breadcrumb-enable nil lsp-modeline-code-actions-enable nil
      lsp-modeline-diagnostics-enable nil lsp-modeline-workspace-status-enable nil lsp-diagnostics-provider :none
      lsp-enable-snippet nil lsp-enable-file-watchers nil
      lsp-session-file "%(home)s/session" user-emacs-directory "%(home)s/" server-socket-dir "%(home)s" server-name "inkling")
(add-to-list 'load-path "%(ours)s")
(require 'inkling)
(global-set-key (kbd "<f9>") #'inkling-toggle)
(setq inkling-command '("%(binary)s" "lsp" "--server" "%(url)s"))
(require 'server)
(server-start)
"""
F9 = "\x1b[20~"
SHOWN = """(with-current-buffer "a.py"
  (and lsp-inline-completion--overlay
       (substring-no-properties (or (overlay-get lsp-inline-completion--overlay 'after-string) ""))))"""


def packages():
    """Arguments for what lsp-mode needs, from Debian."""
    folders = [f for f in glob.glob("/usr/share/emacs/site-lisp/elpa/*-[0-9]*") if not os.path.basename(f).startswith("lsp-mode-")]
    return [word for folder in folders for word in ("-L", folder)]


def settings():
    """What docs/editors.md says to put into one's init file."""
    with open(os.path.join(ROOT, "docs", "editors.md"), encoding="utf-8") as page:
        return page.read().split("\n```elisp\n")[1].split("\n```\n")[0] + "\n"


class Emacs:
    """An Emacs in a terminal; what it holds is asked through its server."""

    def __init__(self, binary, url, lsp, home):
        init = os.path.join(home, "init.el")
        with open(init, "w") as f:
            f.write(INIT % {"home": home, "ours": os.path.join(HERE, "..", "emacs"), "binary": binary, "url": url})
        self.home, self.env = home, environment(home)
        self.terminal = Terminal(["emacs", "-nw", "-Q"] + packages() + ["-L", lsp, "-l", init], self.env, home)
        if not wait(lambda: os.path.exists(os.path.join(home, "inkling"))):
            raise RuntimeError("Emacs does not come up: " + self.terminal.drawn.decode(errors="replace")[-2000:])

    def ask(self, form):
        """The printed value of a form."""
        try:
            done = subprocess.run(["emacsclient", "-s", os.path.join(self.home, "inkling"), "--eval", form], env=self.env,
                                  capture_output=True, text=True, timeout=20, check=False)
        except subprocess.TimeoutExpired:
            return "error: Emacs is busy"
        return done.stdout.strip() if done.returncode == 0 else "error: " + done.stderr.strip()

    def text(self, form):
        """The value of a form that is a string; "" where it is none."""
        value = self.ask(form)
        return json.loads(value) if value.startswith('"') else ""

    def line(self):
        return self.text('(with-current-buffer "a.py" (buffer-substring-no-properties (line-beginning-position) (line-end-position)))')

    def close(self):
        self.terminal.close()


def leave_alone(checks, emacs, server, home):
    """Binary buffers and large ones: the server does not have them, and one message says so."""
    def messages():
        return emacs.text('(with-current-buffer "*Messages*" (buffer-string))')

    def told(name, why):
        return messages().count("no suggestions in %s: %s" % (name, why))

    def alone(name):
        return emacs.ask('(with-current-buffer "%s" (and lsp--buffer-workspaces t))' % name) == "nil"

    documents = server.documents()
    for name, text, why in (("program.py", "a = 1\n\0\1", "it is binary"), ("large.py", "# 0123456789abc\n" * (3 << 16), "it has 3145728 bytes"),
                            ("wide.py", "# 漢字漢字\n" * (3 << 16), "it has 2949120 bytes")):
        with open(os.path.join(home, name), "w", encoding="utf-8") as f:
            f.write(text)
        emacs.ask('(progn (switch-to-buffer (find-file-noselect "%s/%s")) (lsp) (lsp) nil)' % (home, name))
        checks.that(name + " has no session", alone(name), lambda: emacs.ask("lsp--buffer-workspaces"))
        checks.that("and one message says why", told(name, why) == 1, messages)
    checks.that("the server has had none of them", server.documents() == documents, server.documents)
    for name, more, why in (("grown.py", '(apply (quote concat) (make-list 200000 "# 0123456789abc\\n"))', "it has 3200000 bytes"),
                            ("pasted.py", '"a\\0b"', "it is binary")):
        emacs.ask('(progn (switch-to-buffer (find-file-noselect "%s/%s")) (lsp) nil)' % (home, name))
        checks.that(name + " has a session", wait(lambda: server.documents() == documents + 1), server.documents)
        received = server.received()
        emacs.ask('(with-current-buffer "%s" (insert %s) (insert "\nmore") nil)' % (name, more))
        checks.that("until it is left alone", wait(lambda: server.documents() == documents) and alone(name), server.documents)
        checks.that("what made it so was not sent", server.received() - received < 1000, lambda: server.received() - received)
        emacs.terminal.type("x")
        end = '(with-current-buffer "%s" (buffer-substring-no-properties (- (point-max) 5) (point-max)))' % name
        checks.that("it can be typed in", wait(lambda: emacs.text(end) == "morex"), lambda: emacs.text(end))
        checks.that("and one message says why", told(name, why) == 1, messages)
    emacs.ask('(switch-to-buffer "a.py")')


def off_and_on(checks, emacs, server, paused):
    """One key turns it off, in all buffers and for this server alone, and on again."""
    other = """(lsp-register-client (make-lsp-client :new-connection (lsp-stdio-connection (lambda () inkling-command)) :add-on? t :server-id 'other
      :activation-fn (lambda (file &rest _) (string-suffix-p "/b.py" file))))"""
    emacs.ask('(progn %s (with-current-buffer (find-file-noselect "%s/b.py") (insert "b = 1\n") (lsp)) nil)' % (other, emacs.home))
    checks.that("two servers have another buffer", wait(lambda: server.documents() == 3), server.documents)
    emacs.terminal.press(F9)
    checks.that("one key turns it off: the server has the documents no more", wait(lambda: server.documents() == 1), server.documents)
    checks.that("another server keeps its own",
                emacs.ask('(with-current-buffer "b.py" (mapcar #\'lsp--workspace-server-id lsp--buffer-workspaces))') == "(other)")
    before, received = server.requested(), server.received()
    emacs.terminal.type(" ")
    checks.that("it can be typed in", wait(lambda: emacs.line() == "    return a "), emacs.line)
    emacs.ask('(with-current-buffer (find-file-noselect "%s/c.py") (insert "c = 1\n") (lsp) nil)' % emacs.home)
    checks.that("a buffer that is opened then has no session", emacs.ask('(with-current-buffer "c.py" lsp--buffer-workspaces)') == "nil")
    checks.that("nothing is asked for, and nothing is sent", emacs.ask(paused) == "t" and server.requested() == before and server.received() == received,
                lambda: (server.requested(), server.received(), received))
    emacs.terminal.press(F9)
    checks.that("and on again, with the buffers that came meanwhile", wait(lambda: server.documents() == 4), server.documents)
    emacs.terminal.type("+")
    checks.that("then it is asked for again", wait(lambda: server.requested() > before), server.requested)
    checks.that("of the text as it is", wait(lambda: emacs.text(SHOWN).lstrip().startswith("b")), lambda: emacs.text(SHOWN))
    emacs.ask('(dolist (name (quote ("b.py" "c.py"))) (with-current-buffer name (set-buffer-modified-p nil) (kill-buffer)))')
    checks.that("and what is closed is closed", wait(lambda: server.documents() == 1), server.documents)


def play(binary, lsp, home):
    checks = Checks()
    server = Server(binary, home)
    with open(os.path.join(home, "a.py"), "w") as f:
        f.write("def add(a, b):\n    \n")
    with open(os.path.join(home, "k.pem"), "w") as f:
        f.write("secret\n")
    emacs = Emacs(binary, server.url, lsp, home)
    try:
        emacs.ask('(progn (switch-to-buffer (find-file-noselect "%s/a.py")) (lsp) nil)' % home)
        checks.that("lsp-mode has started the bridge and knows its inline completion",
                    wait(lambda: emacs.ask('(with-current-buffer "a.py" (and lsp-inline-completion-mode t))') == "t"),
                    lambda: emacs.ask('(with-current-buffer "*Messages*" (buffer-string))'))
        emacs.ask('(with-current-buffer "a.py" (goto-char (point-min)) (forward-line 1) (end-of-line) nil)')
        emacs.terminal.type("ret")
        checks.that("ghost text comes by itself", wait(lambda: emacs.text(SHOWN).startswith("urn a")), lambda: emacs.text(SHOWN))
        checks.that("and is not in the buffer", emacs.line() == "    ret", emacs.line)
        emacs.terminal.type("u")
        checks.that("typing along keeps the rest", wait(lambda: emacs.text(SHOWN).startswith("rn a")), lambda: emacs.text(SHOWN))
        emacs.terminal.type("\t")
        checks.that("Tab accepts", wait(lambda: emacs.line().startswith("    return a")), emacs.line)
        checks.that("and the ghost text is gone", wait(lambda: not emacs.text(SHOWN)), lambda: emacs.text(SHOWN))

        def asked():
            emacs.terminal.press("\x1bxlsp-inline-completion-display\r")
            return wait(lambda: emacs.text(SHOWN), 3)
        emacs.ask('(with-current-buffer "a.py" (delete-region (line-beginning-position) (line-end-position)) (insert "    return ") nil)')
        checks.that("it can be asked for", wait(asked), lambda: emacs.text(SHOWN))
        emacs.terminal.press("\x07")
        checks.that("and dismissed", wait(lambda: not emacs.text(SHOWN)), lambda: emacs.text(SHOWN))
        paused = '(with-current-buffer "a.py" (and (not (memq inkling--timer timer-idle-list)) t))'
        checks.that("nothing waits to be asked", wait(lambda: emacs.ask(paused) == "t"))
        before = server.requested()
        emacs.terminal.press("\x18(")
        checks.that("a macro is being recorded", wait(lambda: emacs.ask("(and defining-kbd-macro t)") == "t"))
        emacs.terminal.type("a")
        checks.that("it is typed", wait(lambda: emacs.line() == "    return a" and emacs.ask(paused) == "t"), emacs.line)
        checks.that("and nothing is asked for", server.requested() == before, server.requested)
        emacs.terminal.press("\x18)")
        checks.that("the macro is over", wait(lambda: emacs.ask("(and defining-kbd-macro t)") == "nil"))
        off_and_on(checks, emacs, server, paused)
        checks.that("a key file has no session", emacs.ask(
            '(with-current-buffer (find-file-noselect "%s/k.pem") (inkling-wanted-p buffer-file-name))' % home) == "nil")
        names = ("id_rsa", ".env.local", "Prod.ENV", "secrets.yml", "a.tfvars", "credentials.go", ".env.example", "id_rsa.pub")
        excluded = emacs.ask("(mapcar (lambda (name) (and (inkling-excluded-p (concat \"/home/a/\" name)) t)) '(%s))" % " ".join(map(json.dumps, names)))
        checks.that("files are excluded as the server does it", excluded == "(t t t t t nil nil nil)", lambda: excluded)
        excluded = emacs.ask("(let ((inkling-exclude '(\"deploy/*.yml\"))) (mapcar (lambda (file) (and (inkling-excluded-p file) t)) "
                             "'(\"/a/deploy/B.yml\" \"/a/other/b.yml\" \"b.yml\")))")
        checks.that("a glob with a slash is held against the path's end", excluded == "(t nil nil)", lambda: excluded)
        leave_alone(checks, emacs, server, home)
        checks.that("docs/editors.md sets it up", emacs.ask("(progn (global-unset-key (kbd \"<f9>\")) %s (and (featurep 'inkling) (member \"%s/editors/emacs\" load-path) (eq (key-binding (kbd \"<f9>\")) 'inkling-toggle)))" % (
            settings().replace("/path/to/inkling", ROOT), ROOT)) == "t")
        emacs.terminal.kill()
        checks.that("Emacs killed: no row is busy", wait(lambda: server.engine()["rowsBusy"] == 0), server.engine)
        checks.that("and no session is left", wait(lambda: server.sessions() == 0), server.sessions)
    finally:
        emacs.close()
        server.close()
    return checks


if __name__ == "__main__":
    folder = tempfile.mkdtemp(prefix="inkling-emacs-")
    try:
        play(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), folder).finish()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
