"""Tests of fetch.py's download against a server on loopback that resumes, breaks off, and does not resume."""
import http.server
import os
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.dirname(__file__))
import fetch  # noqa: E402

BODY = os.urandom(700_000)


class Handler(http.server.BaseHTTPRequestHandler):
    ranges = True       # honours Range
    cut_after = None    # bytes of a response after which the connection ends, once
    asked = []          # the Range headers seen

    def do_GET(self):
        start, header = 0, self.headers.get("Range")
        Handler.asked.append(header)
        if header and self.ranges:
            start = int(header.split("=")[1].rstrip("-"))
            if start >= len(BODY):
                self.send_response(416)
                self.end_headers()
                return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(BODY) - start))
        self.end_headers()
        end = len(BODY)
        if Handler.cut_after is not None:
            end, Handler.cut_after = start + Handler.cut_after, None
        self.wfile.write(BODY[start:end])

    def log_message(self, *args):
        pass


class DownloadTest(unittest.TestCase):
    def setUp(self):
        from pip._vendor import requests
        Handler.ranges, Handler.cut_after, Handler.asked = True, None, []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.session = requests.Session()
        self.session.trust_env = False
        self.addCleanup(self.session.close)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "file.part")

    def download(self):
        fetch.download(self.session, "http://127.0.0.1:%d/" % self.server.server_port, "test", self.path)

    def content(self):
        with open(self.path, "rb") as f:
            return f.read()

    def test_a_broken_download_is_taken_up_where_it_stopped(self):
        Handler.cut_after = 300_000
        with self.assertRaises(Exception):
            self.download()
        have = os.path.getsize(self.path)
        self.assertTrue(0 < have <= 300_000, have)
        self.download()
        self.assertEqual(self.content(), BODY)
        self.assertEqual(Handler.asked, [None, "bytes=%d-" % have])

    def test_a_server_that_does_not_resume_sends_all_again(self):
        with open(self.path, "wb") as f:
            f.write(b"x" * 1000)
        Handler.ranges = False
        self.download()
        self.assertEqual(self.content(), BODY)

    def test_a_whole_file_is_left_as_it_is(self):
        with open(self.path, "wb") as f:
            f.write(BODY)
        self.download()
        self.assertEqual(self.content(), BODY)


class PartsTest(unittest.TestCase):
    def test_a_part_alone_and_for_another_machine(self):
        self.assertEqual([fetch.MODEL], fetch.parts("model"))
        arm, = fetch.parts("runtime", "aarch64" if sys.platform == "linux" else "arm64")
        self.assertRegex(arm["tags"][0], "(aarch|arm)64$")
        self.assertEqual(2, len(fetch.parts()))
        for wrong in (("both",), ("runtime", "riscv64")):
            with self.assertRaises(SystemExit):
                fetch.parts(*wrong)


if __name__ == "__main__":
    unittest.main()
