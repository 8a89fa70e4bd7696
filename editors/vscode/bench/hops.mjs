// Stamps what passes between the workbench and its host of extensions, in the page: the names of calls stand in their frames.

// stamp hooks a page's sockets and ports before anything of the workbench runs. window.hops is, by hop, the time of the
// first since window.hops was emptied.
export function stamp(context, worker) {
  return context.addInitScript((worker) => {
    if (window.hops) return
    window.hops = {}
    const decoder = new TextDecoder("latin1")
    const wanted = [["edit", "$acceptModelChanged"], ["ask", "$provideInlineCompletions"]]
    const read = (data) => data instanceof ArrayBuffer || ArrayBuffer.isView(data) ? decoder.decode(data) : ""
    const out = (data) => {
      const text = read(data)
      for (const [hop, name] of wanted) if (!window.hops[hop] && text.includes(name)) window.hops[hop] = performance.now()
    }
    // A provider's answer is the only message in with this word.
    const into = (data) => { if (window.hops.ask && !window.hops.answer && read(data).includes("insertText")) window.hops.answer = performance.now() }
    const [type, send] = worker ? [MessagePort, "postMessage"] : [WebSocket, "send"] // there is a host of the other kind besides
    const before = type.prototype[send]
    type.prototype[send] = function (data, ...rest) { out(data); return before.call(this, data, ...rest) }
    const listen = EventTarget.prototype.addEventListener, heard = new WeakSet()
    const hear = (target) => {
      if (heard.has(target)) return
      heard.add(target)
      listen.call(target, "message", (event) => into(event.data))
    }
    EventTarget.prototype.addEventListener = function (name, ...rest) {
      if (name === "message" && (this instanceof WebSocket || this instanceof MessagePort)) hear(this)
      return listen.call(this, name, ...rest)
    }
    const readBlob = FileReader.prototype.readAsArrayBuffer // the workbench's socket hands over blobs
    FileReader.prototype.readAsArrayBuffer = function (blob) {
      if (window.hops.ask && !window.hops.answer) listen.call(this, "load", () => into(this.result), { once: true, capture: true }) // before it is read again
      return readBlob.call(this, blob)
    }
    const property = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage")
    Object.defineProperty(MessagePort.prototype, "onmessage", { ...property, set(handler) { hear(this); property.set.call(this, handler) } })
  }, worker)
}
