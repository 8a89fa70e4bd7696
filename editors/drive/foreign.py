"""What answers at a server's address and is none of ours: python3 drive/foreign.py KIND. Prints its port.

KIND: web, a web server without sessions; unversioned, a server of sessions from before the protocol had a version; later,
one of a later version.
"""
import base64
import hashlib
import json
import socket
import struct
import sys
import threading

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455
LATER = 1000  # a version of the protocol that is not there yet
TEXT = 0x81  # the last frame of a text


def head(stream):
    """The lines of a request's head."""
    lines = []
    for line in stream:
        if not line.strip():
            break
        lines.append(line.decode().strip())
    return lines


def receive(stream):
    """The payload of one frame of a client; None where there is no more."""
    start = stream.read(2)
    if len(start) < 2:
        return None
    size = start[1] & 127
    if size >= 126:
        size = int.from_bytes(stream.read(2 if size == 126 else 8), "big")
    mask = stream.read(4)
    return bytes(byte ^ mask[i % 4] for i, byte in enumerate(stream.read(size)))


def welcome(message, kind):
    """The answer to initialize."""
    own = {"protocol": LATER} if kind == "later" else {}
    return json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": {"capabilities": {
        "positionEncoding": "utf-16", "inlineCompletionProvider": {}, "experimental": {"inkling": own}}}}).encode()


def serve(connection, kind):
    with connection, connection.makefile("rwb") as stream:
        lines = head(stream)
        key = next((line.split(":", 1)[1].strip() for line in lines if line.lower().startswith("sec-websocket-key:")), None)
        if kind == "web" or not key:
            stream.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        stream.write(f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n"
                     "Sec-WebSocket-Protocol: inkling.v1\r\n\r\n".encode())
        stream.flush()
        answer = welcome(json.loads(receive(stream)), kind)
        size = struct.pack(">BBH", TEXT, 126, len(answer)) if len(answer) > 125 else struct.pack(">BB", TEXT, len(answer))
        stream.write(size + answer)
        stream.flush()
        while receive(stream) is not None:
            pass


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, sys.argv[1]), daemon=True).start()


if __name__ == "__main__":
    main()
