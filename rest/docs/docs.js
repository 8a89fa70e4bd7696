// The page that shows the OpenAPI document of this server and tries its operations. Nothing comes from elsewhere.

const el = (name, props = {}, ...children) => {
  const node = Object.assign(document.createElement(name), props);
  node.append(...children);
  return node;
};

const resolve = (api, schema) =>
  schema?.$ref ? resolve(api, schema.$ref.slice(2).split("/").reduce((at, part) => at[part], api)) : schema;

// typeOf says a schema's type and limits in a few words.
function typeOf(api, schema) {
  const s = resolve(api, schema);
  if (!s) return "";
  if (s.type === "array") return `[${typeOf(api, s.items)}]` + (s.maxItems ? ` ≤ ${s.maxItems}` : "");
  const words = [Array.isArray(s.type) ? s.type.join(" or ") : s.type];
  if (s.enum) words.push(s.enum.map((v) => JSON.stringify(v)).join(" | "));
  if (s.minimum !== undefined || s.maximum !== undefined) words.push(`${s.minimum ?? ""} … ${s.maximum ?? ""}`);
  if (s.maxLength !== undefined) words.push(`length ≤ ${s.maxLength}`);
  if (s.default !== undefined) words.push(`default ${JSON.stringify(s.default)}`);
  return words.filter(Boolean).join(", ");
}

// rows lists the fields of an object, those of inner objects below them.
function rows(api, schema, prefix = "", depth = 0) {
  const s = resolve(api, schema);
  if (s?.type === "array") return rows(api, s.items, prefix + "[]", depth);
  if (!s?.properties || depth > 3) return [];
  return Object.entries(s.properties).flatMap(([name, field]) => {
    const path = prefix ? `${prefix}.${name}` : name;
    const needed = s.required?.includes(name) ? "" : "?";
    return [
      el("tr", {}, el("td", {}, el("code", { textContent: path + needed })), el("td", { textContent: typeOf(api, field) }),
        el("td", { textContent: field.description ?? resolve(api, field)?.description ?? "" })),
      ...rows(api, field, path, depth + 1),
    ];
  });
}

function fields(api, title, schema) {
  const body = rows(api, schema);
  if (!body.length) return "";
  return el("details", {}, el("summary", { textContent: title }), el("table", {}, el("tbody", {}, ...body)));
}

// send performs a request and shows the answer as it arrives.
async function send(method, path, body, out) {
  const key = document.getElementById("key").value.trim();
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  if (key) headers.Authorization = `Bearer ${key}`;
  const start = performance.now();
  out.textContent = "…";
  out.className = "";
  try {
    const response = await fetch(path, { method, headers, body });
    let text = "";
    const head = () => `${response.status} ${response.statusText} · ${Math.round(performance.now() - start)} ms\n\n`;
    out.className = response.ok ? "" : "bad";
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text += part.value;
      out.textContent = head() + text;
    }
    if (response.headers.get("Content-Type")?.startsWith("application/json")) {
      text = JSON.stringify(JSON.parse(text), null, 2);
    }
    out.textContent = head() + text;
  } catch (error) {
    out.className = "bad";
    out.textContent = `No answer: ${error.message}`;
  }
}

function tryIt(method, path, media) {
  const out = el("pre", { ariaLive: "polite", tabIndex: 0, textContent: "Not sent yet." });
  const button = el("button", { textContent: "Send", type: "button" });
  if (!media) {
    button.onclick = () => send(method, path, undefined, out);
    return [button, out];
  }
  const examples = Object.entries(media.examples ?? {});
  const area = el("textarea", { spellcheck: false, ariaLabel: "Request body" });
  const pick = el("select", { ariaLabel: "Example" }, ...examples.map(([name, e]) => el("option", { value: name, textContent: e.summary ?? name })));
  const fill = () => { area.value = JSON.stringify(media.examples[pick.value].value, null, 2); };
  pick.onchange = fill;
  if (examples.length) fill();
  button.onclick = () => send(method, path, area.value, out);
  return [pick, area, button, out];
}

function operation(api, method, path, op) {
  const media = op.requestBody?.content["application/json"];
  const answer = op.responses["200"]?.content?.["application/json"];
  const errors = Object.keys(op.responses).filter((s) => s !== "200").join(", ");
  return el("details", { id: op.operationId },
    el("summary", {}, el("span", { className: "method", textContent: method.toUpperCase() + " " }), el("code", { textContent: path }), ` ${op.summary ?? ""}`),
    el("p", { textContent: op.description ?? "" }),
    fields(api, "Request", media?.schema), fields(api, "Answer", answer?.schema),
    errors ? el("p", { textContent: `Errors: ${errors}` }) : "",
    ...tryIt(method.toUpperCase(), path, media));
}

const main = document.getElementById("operations");
try {
  const api = await (await fetch("/openapi.json")).json();
  document.getElementById("about").textContent = `${api.info.description} Version ${api.info.version}.`;
  for (const [path, item] of Object.entries(api.paths)) {
    for (const [method, op] of Object.entries(item)) main.append(operation(api, method, path, op));
  }
  main.querySelector("#complete")?.setAttribute("open", "");
} catch (error) {
  main.append(el("p", { className: "bad", textContent: `openapi.json could not be read: ${error.message}` }));
}
main.setAttribute("aria-busy", "false");
