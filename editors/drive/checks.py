"""What was seen, line by line."""
import sys


class Checks:
    def __init__(self):
        self.failed = 0

    def that(self, name, ok, detail=None):
        """Notes a check; detail() is printed where it failed."""
        print(("ok    " if ok else "FAIL  ") + name + ("" if ok or detail is None else f": {detail()!r}"), flush=True)
        self.failed += not ok

    def finish(self):
        """Ends the program."""
        print("all passed" if not self.failed else f"{self.failed} failed")
        sys.exit(1 if self.failed else 0)
