// A mirror keeps documents at the server equal to the editor's.
//
//   - A document is open at the server where it was wanted and the connection is ready; after each ready, and where the
//     server asks for it, it is opened again with the text that it has then.
//   - Versions rise by one with every message and go on rising when a document is opened again, so that an answer's
//     version names one text for the extension's whole life.
//   - At most maxDocuments are open; the one that was used least recently is closed for another one.
import type { Change, Limits } from "./wire"

// TextDocument is what a mirror needs of an editor's document.
export interface TextDocument {
  readonly uri: string
  readonly languageId: string
  text(): string
}

// Send passes a notification to the server.
export type Send = (method: string, params: unknown) => void

interface Entry {
  document: TextDocument
  version: number
  open: boolean // at the server
}

export class Mirror {
  private entries = new Map<string, Entry>() // in the order of last use
  private versions = new Map<string, number>() // of documents that were open before
  private ready = false
  private maxDocuments = 256

  constructor(private readonly send: Send) {}

  // begin opens everything at a server that has just become ready.
  begin(limits: Pick<Limits, "documents">): void {
    this.ready = true
    this.maxDocuments = limits.documents
    for (const entry of this.entries.values()) entry.open = false
    this.trim(null)
    for (const entry of this.entries.values()) this.sendOpen(entry)
  }

  // lost says that the connection has gone, and with it the server's documents.
  lost(): void {
    this.ready = false
    for (const entry of this.entries.values()) entry.open = false
  }

  has(uri: string): boolean { return this.entries.has(uri) }

  // uris lists the documents, the most recently used last.
  uris(): string[] { return [...this.entries.keys()] }

  // versionOf returns the version of a document at the server; 0 where the server does not have it.
  versionOf(uri: string): number {
    const entry = this.entries.get(uri)
    return entry?.open ? entry.version : 0
  }

  // open begins to mirror a document. One that is mirrored already is only moved to the front.
  open(document: TextDocument): void {
    const known = this.entries.get(document.uri)
    if (known) {
      this.entries.delete(document.uri)
      this.entries.set(document.uri, known)
      if (known.document.languageId === document.languageId) return
      known.document = document
      this.sendOpen(known)
      return
    }
    const entry = { document, version: this.versions.get(document.uri) ?? 0, open: false }
    this.entries.set(document.uri, entry)
    this.trim(document.uri)
    this.sendOpen(entry)
  }

  // change sends an edit, whose changes apply one after the other.
  change(uri: string, changes: readonly Change[]): void {
    const entry = this.entries.get(uri)
    if (!entry?.open || changes.length === 0) return
    entry.version++
    this.send("textDocument/didChange", { textDocument: { uri, version: entry.version }, contentChanges: changes })
  }

  // again opens a document again, whole: the server asked for it, or its line ends changed.
  again(uri: string): void {
    const entry = this.entries.get(uri)
    if (entry) this.sendOpen(entry)
  }

  close(uri: string): void {
    const entry = this.entries.get(uri)
    if (!entry) return
    this.entries.delete(uri)
    this.versions.set(uri, entry.version)
    if (entry.open) this.send("textDocument/didClose", { textDocument: { uri } })
  }

  private sendOpen(entry: Entry): void {
    if (!this.ready) return
    entry.version++
    entry.open = true
    const { uri, languageId } = entry.document
    this.send("textDocument/didOpen", { textDocument: { uri, languageId, version: entry.version, text: entry.document.text() } })
  }

  // trim closes the documents that were used least recently, but never the one that is just opened.
  private trim(keep: string | null): void {
    for (const uri of [...this.entries.keys()]) {
      if (this.entries.size <= this.maxDocuments) return
      if (uri !== keep) this.close(uri)
    }
  }
}
