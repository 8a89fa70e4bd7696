// The settings, as package.json describes them.
import * as vscode from "vscode"
import { defaultExcluded } from "../core/excluded"

export interface Settings {
  server: string
  enabled: boolean
  languages: Record<string, boolean>
  exclude: readonly string[]
  alternatives: number
  maxTokens: number
  multiline: boolean
  maxFileBytes: number
}

export function readSettings(scope?: vscode.ConfigurationScope): Settings {
  const from = vscode.workspace.getConfiguration("inkling", scope)
  return {
    server: from.get("server", "http://127.0.0.1:8000"),
    enabled: from.get("enabled", true),
    languages: from.get<Record<string, boolean>>("languages", {}),
    exclude: from.get<string[]>("exclude", [...defaultExcluded]),
    alternatives: within(from.get("alternatives", 3), 1, 8, 3),
    maxTokens: within(from.get("maxTokens", 0), 0, 1024, 0),
    multiline: from.get("multiline", true),
    maxFileBytes: within(from.get("maxFileBytes", 2 << 20), 1, 2 << 20, 2 << 20),
  }
}

// within holds a number to its limits: settings.json takes anything, and the schema only warns.
function within(value: unknown, low: number, high: number, otherwise: number): number {
  return typeof value === "number" && Number.isInteger(value) ? Math.min(high, Math.max(low, value)) : otherwise
}

// enabledFor returns whether a language has suggestions; "*" stands for all that are not named.
export function enabledFor(settings: Settings, languageId: string): boolean {
  return settings.enabled && (settings.languages[languageId] ?? settings.languages["*"] ?? true)
}
