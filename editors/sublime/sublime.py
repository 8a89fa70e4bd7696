"""A stand-in for Sublime Text's module of this name: as much of it as the package LSP needs without an editor. What is not here is a name
that stands for anything."""
import enum
import heapq
import itertools
import string
import threading
import time
import traceback


class _Anything(type):
    """Classes with whatever constants are asked for."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return 0


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    if name.isupper():
        return 0
    made = _Anything(name, (), {"__init__": lambda self, *args, **more: None, "update": lambda self, *args: None})
    globals()[name] = made
    return made


def version():
    return "4200"


def platform():
    return "linux"


def arch():
    return "x64"


def channel():
    return "stable"


def cache_path():
    return "/nowhere/Cache"


packages_path = installed_packages_path = cache_path
shown = []  # in the status bar
status_message = shown.append


def expand_variables(value, variables):
    if isinstance(value, dict):
        return {name: expand_variables(each, variables) for name, each in value.items()}
    if isinstance(value, list):
        return [expand_variables(each, variables) for each in value]
    return string.Template(value).safe_substitute(variables) if isinstance(value, str) else value


class AutoCompleteFlags(enum.IntFlag):
    NONE = 0
    INHIBIT_WORD_COMPLETIONS = 8
    INHIBIT_EXPLICIT_COMPLETIONS = 16
    DYNAMIC_COMPLETIONS = 32
    INHIBIT_REORDER = 128


COMPLETION_FLAG_KEEP_PREFIX = 1


class CompletionItem:
    def __init__(self, trigger, annotation="", completion="", completion_format=0, kind=0, details=""):
        self.trigger, self.annotation, self.completion, self.kind, self.details, self.flags = trigger, annotation, completion, kind, details, 0


class Settings(dict):
    """Settings that are what they are set to."""

    set = dict.__setitem__

    def add_on_change(self, *_):
        pass

    clear_on_change = add_on_change

    def to_dict(self):
        return dict(self)


def load_settings(_):
    return Settings()


class Region:
    def __init__(self, a, b=None):
        self.a, self.b = a, a if b is None else b

    def begin(self):
        return min(self.a, self.b)

    def end(self):
        return max(self.a, self.b)

    def empty(self):
        return self.a == self.b


class _Worker(threading.Thread):
    """Sublime's second thread: what is given to it runs in the order of its times."""

    def __init__(self):
        super().__init__(daemon=True)
        self.turns, self.count, self.change = [], itertools.count(), threading.Condition()
        self.start()

    def give(self, f, delay=0):
        with self.change:
            heapq.heappush(self.turns, (time.monotonic() + delay / 1000, next(self.count), f))
            self.change.notify()

    def run(self):
        while True:
            with self.change:
                while not self.turns or self.turns[0][0] > time.monotonic():
                    self.change.wait(self.turns and max(self.turns[0][0] - time.monotonic(), 0) or None)
                f = heapq.heappop(self.turns)[2]
            try:
                f()
            except Exception:
                traceback.print_exc()


set_timeout_async = _Worker().give
set_timeout = set_timeout_async
