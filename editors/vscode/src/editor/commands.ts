// The commands of the palette and of the status bar's menu.
import * as vscode from "vscode"
import { addressOf } from "../core/address"
import { secretOf, type Session } from "./session"
import { enabledFor, readSettings } from "./settings"

export function registerCommands(session: Session, context: vscode.ExtensionContext): void {
  const on = (name: string, run: (...values: never[]) => unknown) => context.subscriptions.push(vscode.commands.registerCommand(`inkling.${name}`, run))
  on("accepted", (token: number, item: number) => session.provider.accepted(token, item))
  on("ask", () => session.provider.askNow())
  on("next", () => session.provider.turn("showNext"))
  on("previous", () => session.provider.turn("showPrevious"))
  on("toggle", () => toggle(vscode.ConfigurationTarget.Global))
  on("toggleHere", () => toggle(vscode.ConfigurationTarget.Workspace))
  on("toggleLanguage", toggleLanguage)
  on("log", () => session.log.show())
  on("server", () => chooseServer(session))
  on("key", () => enterKey(session, context.secrets))
  on("forgetKey", () => context.secrets.delete(secretOf(session.base)))
  on("connect", () => session.start())
  on("menu", () => menu(session))
}

async function toggle(target: vscode.ConfigurationTarget): Promise<void> {
  if (target === vscode.ConfigurationTarget.Workspace && !vscode.workspace.workspaceFolders) {
    void vscode.window.showInformationMessage("Inkling: no folder is open, so there is no workspace to turn it on or off for.")
    return
  }
  const from = vscode.workspace.getConfiguration("inkling"), enabled = from.get("enabled", true)
  // What the workspace says counts more: it is what has to change where it says something.
  const said = from.inspect<boolean>("enabled")?.workspaceValue !== undefined
  await from.update("enabled", !enabled, said ? vscode.ConfigurationTarget.Workspace : target)
}

async function toggleLanguage(): Promise<void> {
  const document = vscode.window.activeTextEditor?.document
  if (!document) {
    void vscode.window.showInformationMessage("Inkling: no file is open whose language could be turned on or off.")
    return
  }
  const settings = readSettings(document), enabled = enabledFor({ ...settings, enabled: true }, document.languageId)
  await vscode.workspace.getConfiguration("inkling").update("languages", { ...settings.languages, [document.languageId]: !enabled }, vscode.ConfigurationTarget.Global)
}

async function chooseServer(session: Session): Promise<void> {
  const value = await vscode.window.showInputBox({
    title: "Inkling: the server's address", value: session.base, ignoreFocusOut: true,
    validateInput: (text) => {
      try {
        addressOf(text)
        return undefined
      } catch (error) {
        return (error as Error).message
      }
    },
  })
  if (value === undefined) return
  const from = vscode.workspace.getConfiguration("inkling")
  const inWorkspace = from.inspect<string>("server")?.workspaceValue !== undefined
  await from.update("server", value.trim(), inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global)
}

async function enterKey(session: Session, secrets: vscode.SecretStorage): Promise<void> {
  const key = await vscode.window.showInputBox({
    title: `Inkling: the key for ${session.base}`, password: true, ignoreFocusOut: true, prompt: "The server's administrator makes one: inkling keys add NAME. It is kept in the editor's secret storage; empty forgets it.",
  })
  if (key === undefined) return
  if (key.trim()) await secrets.store(secretOf(session.base), key.trim())
  else await secrets.delete(secretOf(session.base))
}

// menu offers what makes sense now.
async function menu(session: Session): Promise<void> {
  const document = vscode.window.activeTextEditor?.document, settings = readSettings(document)
  const items: (vscode.QuickPickItem & { command: string })[] = [
    { label: settings.enabled ? "$(circle-slash) Turn Off" : "$(edit) Turn On", command: "inkling.toggle" },
    { label: `$(root-folder) Turn ${settings.enabled ? "Off" : "On"} in This Workspace`, command: "inkling.toggleHere" },
  ]
  if (document) {
    const enabled = enabledFor({ ...settings, enabled: true }, document.languageId)
    items.push({ label: `$(code) Turn ${enabled ? "Off" : "On"} for ${document.languageId}`, command: "inkling.toggleLanguage" })
  }
  items.push(
    { label: "$(sparkle) Ask Now", command: "inkling.ask" },
    { label: "$(server) Choose Server", description: session.base, command: "inkling.server" },
    { label: "$(key) Enter Key", command: "inkling.key" },
    { label: "$(output) Show Log", command: "inkling.log" },
  )
  if (session.state.kind !== "ready") items.push({ label: "$(sync) Connect Again", command: "inkling.connect" })
  const chosen = await vscode.window.showQuickPick(items, { title: "Inkling" })
  if (chosen) await vscode.commands.executeCommand(chosen.command)
}
