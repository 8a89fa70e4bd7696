// A frame carries one message: its JSON, in UTF-8.

// frameOf returns the text of a message's frame.
export function frameOf(message: object): string { return JSON.stringify({ jsonrpc: "2.0", ...message }) }

// widest is how many bytes a UTF-16 code unit takes in JSON at most: a control character is \u00XX.
const widest = 6

// around is more bytes than a message has around its texts, and a change around its own.
const around = 256

// fits reports whether a message's frame has at most limit bytes. texts are the strings in it, one for each change and one
// more at least: it is written out only where their lengths do not say enough.
export function fits(message: object, texts: readonly string[], limit: number): boolean {
  let most = 0
  for (const text of texts) most += around + text.length * widest
  return most <= limit || new TextEncoder().encode(frameOf(message)).length <= limit
}
