// Files that the user opens or drops: read into text, or refused with a sentence.

// maxFileBytes keeps a file below what the page edits fluently and far below the server's frame limit.
export const maxFileBytes = 2 * 1024 * 1024

export interface Opened { name: string; text: string; lineEnd: string }

// Refused is thrown with a sentence for the user.
export class Refused extends Error {}

// readFile returns a file's text with "\n" ends, and the end it had.
export async function readFile(file: File): Promise<Opened> {
  if (file.size > maxFileBytes) {
    const size = (file.size / 1024 / 1024).toFixed(1)
    throw new Refused(`${file.name} was not opened: it has ${size} MB, and the playground takes files of up to 2 MB.`)
  }
  return decode(file.name, new Uint8Array(await file.arrayBuffer()))
}

// decode returns bytes of UTF-8 as text.
export function decode(name: string, bytes: Uint8Array): Opened {
  if (bytes.subarray(0, 8192).includes(0)) throw new Refused(`${name} was not opened: it is a binary file, not text.`)
  let text: string
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    throw new Refused(`${name} was not opened: it is not text in UTF-8.`)
  }
  return { name, text, lineEnd: lineEndOf(text) }
}

// lineEndOf returns the first line end of a text, "\n" where there is none.
export function lineEndOf(text: string): string { return /\r\n|\r|\n/.exec(text)?.[0] ?? "\n" }
