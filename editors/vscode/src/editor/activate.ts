// What both hosts of extensions, desktop and web, do when the extension begins.
import * as vscode from "vscode"
import type { addressOf } from "../core/address"
import type { Transport } from "../core/socket"
import { registerCommands } from "./commands"
import { secretOf, Session } from "./session"

export function begin(context: vscode.ExtensionContext, transport: (address: ReturnType<typeof addressOf>) => Transport): void {
  const session = new Session(context, transport)
  context.subscriptions.push(
    session,
    vscode.languages.registerInlineCompletionItemProvider({ pattern: "**" }, session.provider),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("inkling.server") || event.affectsConfiguration("inkling.enabled")) session.start()
      else if (event.affectsConfiguration("inkling")) session.settled()
    }),
    vscode.window.onDidChangeActiveTextEditor(() => session.draw()),
    context.secrets.onDidChange(({ key }) => { if (key === secretOf(session.base)) session.start() }),
  )
  registerCommands(session, context)
  session.start()
}
