// Drives a session with vscode-languageserver-protocol over vscode-ws-jsonrpc, as a published client would, and prints
// what it saw as JSON. Usage: node drive.mjs ws://HOST:PORT/
import WebSocket from "ws";
import { toSocket, createWebSocketConnection, ConsoleLogger } from "vscode-ws-jsonrpc";
// Methods are named, not given by their types: the two packages bring a vscode-jsonrpc each.
import protocol from "vscode-languageserver-protocol";

const { InitializeRequest, InitializedNotification, DidOpenTextDocumentNotification, DidChangeTextDocumentNotification,
  InlineCompletionRequest, ExecuteCommandRequest, ShutdownRequest, ExitNotification, 
  CancellationTokenSource } = protocol;

const socket = new WebSocket(process.argv[2]);
await new Promise((resolve, reject) => { socket.on("open", resolve); socket.on("error", reject); });
const connection = createWebSocketConnection(toSocket(socket), new ConsoleLogger());
connection.listen();

const seen = { deltas: [] };
const textDocument = { uri: "file:///a.py" };
const ask = (character, more = {}) => ({
  textDocument, position: { line: 1, character }, context: { triggerKind: 2 }, ...more });
const type = (version, character, text) => connection.sendNotification(DidChangeTextDocumentNotification.method, {
  textDocument: { ...textDocument, version },
  contentChanges: [{ range: { start: { line: 1, character }, end: { line: 1, character } }, text }] });

const initialized = await connection.sendRequest(InitializeRequest.method, {
  processId: process.pid, rootUri: null, capabilities: { general: { positionEncodings: ["utf-16"] } } });
seen.encoding = initialized.capabilities.positionEncoding;
seen.provider = initialized.capabilities.inlineCompletionProvider;
await connection.sendNotification(InitializedNotification.method, {});
await connection.sendNotification(DidOpenTextDocumentNotification.method, {
  textDocument: { ...textDocument, languageId: "python", version: 1, text: "s = '😀'\n    " } });

connection.onNotification("$/progress", ({ token, value }) => token === "stream" && seen.deltas.push(value.text));
const list = await connection.sendRequest(InlineCompletionRequest.method, ask(4, { inkling: { streamToken: "stream" } }));
seen.first = list.items.map((item) => item.insertText);

await type(2, 4, "return");
const rest = await connection.sendRequest(InlineCompletionRequest.method, ask(10));
seen.rest = rest.items.map((item) => item.insertText);
seen.along = rest.inkling.along;
const { command } = rest.items[0];
seen.accepted = await connection.sendRequest(ExecuteCommandRequest.method, { command: command.command, arguments: command.arguments });

await type(3, 10, "!");
const source = new CancellationTokenSource();
const cancelled = connection.sendRequest(InlineCompletionRequest.method, ask(11), source.token).catch((error) => error.code);
source.cancel();
seen.cancelled = await cancelled;

const stale = connection.sendRequest(InlineCompletionRequest.method, ask(11)).catch((error) => error.code);
await type(4, 11, "?");
seen.stale = await stale;

seen.unknown = await connection.sendRequest("textDocument/none", {}).catch((error) => error.code);
await connection.sendRequest(ShutdownRequest.method);
const closed = new Promise((resolve) => socket.on("close", resolve));
await connection.sendNotification(ExitNotification.method);
seen.closed = await closed;
console.log(JSON.stringify(seen));
