"""A program in a terminal of its own: keys go in, what it draws is thrown away."""
import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
import threading
import time

ROWS, COLUMNS = 40, 120
PATIENCE = float(os.environ.get("INKLING_TEST_PATIENCE", "60"))  # seconds for what must come; a bound, no pass mark
POLL = 0.03


def wait(what, patience=PATIENCE):
    """Waits until what() is true, and returns its last value."""
    end = time.monotonic() + patience
    value = what()
    while not value and time.monotonic() < end:
        time.sleep(POLL)
        value = what()
    return value


class Terminal:
    """Runs argv in a pseudo-terminal. Close ends it."""

    def __init__(self, argv, env, cwd):
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.process = subprocess.Popen(argv, stdin=theirs, stdout=theirs, stderr=theirs, env=env, cwd=cwd,
                                        start_new_session=True, close_fds=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(theirs)
        self.fd = ours
        self.drawn = b""
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        while True:
            try:
                data = os.read(self.fd, 65536)
            except OSError:  # the other side has closed
                return
            if not data:
                return
            self.drawn = (self.drawn + data)[-8192:]

    def type(self, keys):
        """Types keys, one after the other."""
        for key in keys:
            os.write(self.fd, key.encode())

    def press(self, keys):
        """Types keys at once, as a terminal sends those that are several bytes."""
        os.write(self.fd, keys.encode())

    def kill(self):
        """Kills the program at once."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self):
        """Ends the program, and waits for it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        self.reader.join(10)
        os.close(self.fd)
