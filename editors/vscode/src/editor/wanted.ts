// Which documents get suggestions; the others are not sent to the server at all.
import * as vscode from "vscode"
import { excluded } from "../core/excluded"
import { enabledFor, readSettings } from "./settings"

// notFiles are schemes of documents in which nobody writes code.
const notFiles = new Set(["output", "git", "vscode-scm", "comment", "vscode-chat-code-block", "vscode-settings", "walkThrough", "vscode-terminal", "debug", "search-editor"])

// binarySample is how many characters are looked at for a NUL.
const binarySample = 8192

// unwanted returns why a document gets no suggestions, in a few words; "" where it gets some.
export function unwanted(document: vscode.TextDocument, documentBytes: number): string {
  const settings = readSettings(document)
  if (notFiles.has(document.uri.scheme)) return "not a file"
  if (!settings.enabled) return "turned off"
  if (!enabledFor(settings, document.languageId)) return `turned off for ${document.languageId}`
  const glob = excluded(document.uri.path, settings.exclude)
  if (glob) return `excluded by ${glob}`
  const most = Math.min(settings.maxFileBytes, documentBytes)
  const bytes = bytesOf(document, most)
  if (bytes > most) return `too large: ${megabytes(bytes)} MB, at most ${megabytes(most)} MB`
  const sample = document.getText(new vscode.Range(document.positionAt(0), document.positionAt(binarySample)))
  return sample.includes("\0") ? "binary" : ""
}

// bytesOf returns a document's size in UTF-8, exactly where it is near the limit, by its characters where they say enough.
function bytesOf(document: vscode.TextDocument, most: number): number {
  const characters = document.offsetAt(document.lineAt(document.lineCount - 1).range.end)
  if (characters > most || characters * 3 <= most) return characters
  return new TextEncoder().encode(document.getText()).length
}

function megabytes(bytes: number): string { return (bytes / (1 << 20)).toFixed(1).replace(/\.0$/, "") }
