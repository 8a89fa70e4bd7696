"""A server under test, on loopback."""
import json
import os
import socket
import subprocess
import urllib.error
import urllib.request

from drive.terminal import wait


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def environment(home, **more):
    """The environment of a program under test: a home folder of its own, and the model of this machine."""
    names = ("PATH", "LANG", "TMPDIR", "INKLING_HOME", "XDG_DATA_HOME")
    env = {name: os.environ[name] for name in names if name in os.environ}
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    env.setdefault("INKLING_HOME", os.path.join(data, "inkling"))
    env.update(HOME=home, TERM="xterm-256color", LC_ALL="C.UTF-8", **more)
    return env


class Server:
    """`inkling serve`; close ends it."""

    def __init__(self, binary, home, port=0, **settings):
        self.port = port or free_port()
        self.log = open(os.path.join(home, "server.log"), "ab")
        env = environment(home, HOST="127.0.0.1", PORT=str(self.port), WORKERS="2", ENV_FILE=os.devnull, **settings)
        self.process = subprocess.Popen([binary, "serve"], cwd=home, env=env, stdout=self.log, stderr=self.log)
        if not wait(self.ready):
            self.close()
            raise RuntimeError("the server does not come up: " + open(self.log.name).read()[-2000:])

    def ready(self):
        if self.process.poll() is not None:
            raise RuntimeError("the server has ended: " + open(self.log.name).read()[-2000:])
        try:
            return self.get("/health")["status"] in ("ok", "degraded")
        except (urllib.error.URLError, ConnectionError, KeyError):
            return False

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return json.load(answer)

    @property
    def url(self):
        return f"ws://127.0.0.1:{self.port}/api/v1/stream"

    def engine(self):
        """The engine's state, as metrics tell it."""
        return self.get("/api/v1/metrics")["engine"]

    def sessions(self):
        """How many sessions are open."""
        return self.get("/api/v1/metrics")["sessions"]["open"]

    def documents(self):
        """How many documents are open in sessions."""
        return self.get("/api/v1/metrics")["sessions"]["documents"]

    def requested(self):
        """How often suggestions were asked for."""
        return self.get("/api/v1/metrics")["sessions"]["events"]["requested"]

    def received(self):
        """Bytes that came in over sessions."""
        return self.get("/api/v1/metrics")["sessions"]["events"]["bytes_received"]

    def answered(self):
        """How often suggestions were answered with a list."""
        return self.get("/api/v1/metrics")["sessions"]["events"]["answered"]

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self.log.close()
