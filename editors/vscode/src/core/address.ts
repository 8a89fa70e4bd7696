// An address of a server, as people write it, and what is asked for at it.

export interface Address {
  base: string // http://host:8000, without a slash at its end
  stream: string // ws://host:8000/api/v1/stream
  ticket: string // http://host:8000/api/v1/ticket
}

// addressOf reads http, https, ws and wss addresses, and a bare host:port. A path before /api is kept, for servers behind
// a proxy. It throws an Error that says what is wrong.
export function addressOf(text: string): Address {
  const written = text.trim()
  if (!written) throw new Error("inkling.server: empty; write an address such as http://127.0.0.1:8000")
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written : `http://${written}`
  let url: URL
  try {
    url = new URL(withScheme)
  } catch {
    throw new Error(`inkling.server: ${JSON.stringify(written)} is no address; write one such as http://127.0.0.1:8000`)
  }
  const secure = { "http:": false, "https:": true, "ws:": false, "wss:": true }[url.protocol]
  if (secure === undefined) throw new Error(`inkling.server: ${url.protocol}// is not known; use http, https, ws or wss`)
  if (url.username || url.password) throw new Error("inkling.server: holds a user or a password; enter a key by the command instead")
  const path = url.pathname.replace(/\/api\/v1\/stream\/?$/, "").replace(/\/+$/, "")
  const at = url.host + path
  return {
    base: `${secure ? "https" : "http"}://${at}`,
    stream: `${secure ? "wss" : "ws"}://${at}/api/v1/stream`,
    ticket: `${secure ? "https" : "http"}://${at}/api/v1/ticket`,
  }
}
