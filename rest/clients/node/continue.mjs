// What Continue's adapters make of this server: fill in the middle, plain completion, models. Prints one JSON object.
import { constructLlmApi } from "@continuedev/openai-adapters";

const api = constructLlmApi({ provider: "openai", apiKey: "none", apiBase: process.argv[2] + "/v1/" });
const signal = new AbortController().signal;
let fim = "";
let chunks = 0;
for await (const chunk of api.fimStream({ model: "m", prompt: "def f(a):\n    return ", suffix: "\n", max_tokens: 20, stream: true }, signal)) {
  fim += chunk.choices[0].delta.content ?? "";
  chunks++;
}
const whole = await api.completionNonStream({ model: "m", prompt: "zero", max_tokens: 2, stream: false }, signal);
let streamed = "";
for await (const chunk of api.completionStream({ model: "m", prompt: "zero", max_tokens: 2, stream: true }, signal)) {
  streamed += chunk.choices[0].text;
}
const models = (await api.list()).map((m) => m.id);
console.log(JSON.stringify({ fim, chunks, whole: whole.choices[0].text, streamed, models }));
