// A socket is what a connection needs of a WebSocket. Desktop and web have one each.

export interface SocketHandlers {
  onOpen(): void
  onMessage(text: string): void
  // onClose comes once, also where the socket never opened. refused: the HTTP status where the upgrade was refused; 0: not
  // known, as in a browser, which has 403 for a server that is there and never opened a session.
  onClose(code: number, reason: string, refused: number): void
}

export interface Socket {
  send(text: string): void
  close(): void
}

// Transport is how a host of extensions reaches a server.
export interface Transport {
  // credential makes, of a key, what open sends: the key itself, or a ticket for it. "" for no key. It rejects with a
  // WireError whose reason is "unauthorized" where the key is refused, "origin" where the editor's origin is.
  credential(key: string): Promise<string>
  // open begins to open a socket; handlers are called after it returned.
  open(credential: string, handlers: SocketHandlers): Socket
}
