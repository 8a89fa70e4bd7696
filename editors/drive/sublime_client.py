"""The package LSP of Sublime Text, without the editor: its own transport, session, buffer and completion, around a stand-in for a view."""
import json
import threading

import sublime
from drive.sublime_view import View
from LSP.plugin.completion import LspSelectCompletionCommand, QueryCompletionsTask
from LSP.plugin.core import settings
from LSP.plugin.core.constants import ChangeEventAction, RequestFlags
from LSP.plugin.core.protocol import Request
from LSP.plugin.core.sessions import Session
from LSP.plugin.core.types import ClientConfig
from LSP.plugin.session_buffer import SessionBuffer

settings.load_settings()


class Nothing:
    """Does nothing, whatever it is told."""

    def __getattr__(self, name):
        return lambda *_, **__: None


class Logger(Nothing):
    """Keeps the answers that are errors: of a cancelled request nobody else sees one."""

    def __init__(self):
        self.errors = []

    def incoming_response(self, _, params, is_error):
        if is_error:
            self.errors.append(params)


class Select(LspSelectCompletionCommand):
    """The command that an item holds. Which sessions there are it asks the editor's windows, and here the client."""

    def session_by_name(self, name=None, capability_path=None):
        session = self.view.session
        return session if capability_path is None or session.has_capability(capability_path) else None


class SessionView(Nothing):
    def __init__(self, session, view):
        self.session, self.view = session, view

    def get_uri(self):
        return self.view.settings()["lsp_uri"]

    def get_language_id(self):
        return "go"

    def get_request_flags(self):
        return RequestFlags.NONE


class Manager(Nothing):
    """The window's, which is told what the server says to the user, and of its end."""

    def __init__(self):
        self.window, self.messages, self.ended, self.exit_code = Nothing(), [], threading.Event(), None

    def on_post_exit_async(self, _, exit_code, exception):
        self.exit_code = exit_code if exception is None else exception
        self.ended.set()

    def handle_log_message(self, _, params):
        self.messages.append(params["message"])

    handle_show_message = handle_log_message

    def handle_stderr_log(self, _, message):
        self.messages.append(message)


class Client:
    """Starts a server as the package's windows do, and opens a document. What it calls runs on Sublime's second thread."""

    def __init__(self, configuration, uri, text, caret):
        self.manager, self.logger, self.task, started = Manager(), Logger(), None, threading.Event()
        config = ClientConfig.from_dict("inkling", configuration)
        self.session = Session(self.manager, self.logger, [], config, None)
        transport = config.create_transport_config().start(config.command, config.env, None, {}, self.session)
        self.call(lambda: self.session.initialize_async({}, None, transport, lambda *_: started.set()))
        started.wait(30)
        self.view = View(uri, text, caret, self.changed, self.execute)
        self.view.session = self.session
        self.session_view = SessionView(self.session, self.view)
        self.buffer = self.call(lambda: SessionBuffer(self.session_view, 1, uri))
        self.call(lambda: self.session.register_session_view_async(self.session_view))
        self.call(lambda: self.session.register_session_buffer_async(self.buffer))
        self.call(lambda: self.buffer.on_session_view_initialized(self.view))

    @staticmethod
    def call(f):
        """Runs f on the second thread, and returns what it returns."""
        done, box = threading.Event(), []

        def run():
            try:
                box.append(f())
            finally:
                done.set()
        sublime.set_timeout_async(run)
        done.wait(30)
        return box[0]

    def changed(self, changes, count):
        sublime.set_timeout_async(lambda: self.buffer.on_text_changed_async(self.view, count, changes, ChangeEventAction.TYPE))

    def execute(self, name, args):
        """lsp_execute, which an item's command becomes."""
        assert name == "lsp_execute", name
        command = {"command": args["command_name"], "arguments": args["command_args"]}
        sublime.set_timeout_async(lambda: self.session.execute_command(command))

    def query(self, manually=False):
        """Asks for the menu, as DocumentSyncListener does; what was asked before is cancelled. Returns an event and what it brings."""
        done, found = threading.Event(), []

        def resolved(items, flags):
            found.append((items, flags))
            done.set()

        def ask():
            if self.task:
                self.task.cancel_async()
            self.task = QueryCompletionsTask(self.view, self.view.caret, manually, resolved)
            self.buffer.purge_changes_async(self.view)
            self.task.query_completions_async([self.session])
        self.call(ask)
        return done, found

    def menu(self, manually=False):
        """The items, once they are there, and how the editor treats them."""
        done, found = self.query(manually)
        return found[0] if done.wait(60) else ([], 0)

    def choose(self, item):
        """Takes an item: the command that it holds is run."""
        command, _, args = item.completion.partition(" ")
        assert command == "lsp_select_completion", command
        Select(self.view).run(None, **json.loads(args))

    def digest(self):
        """The SHA-256 of the text that the server holds."""
        done, box = threading.Event(), []
        take = lambda result: (box.append(result), done.set())  # noqa: E731
        self.call(lambda: (self.buffer.purge_changes_async(self.view),
                           self.session.send_request_async(Request("inkling/digest", {"textDocument": {"uri": self.session_view.get_uri()}}), take, take)))
        return done.wait(30) and box[0].get("sha256")

    def stop(self):
        """Ends the server in the package's order. Returns its exit code."""
        self.call(self.session.end_async)
        self.manager.ended.wait(30)
        return self.manager.exit_code
