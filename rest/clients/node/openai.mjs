// What the OpenAI SDK for Node makes of this server. Prints one JSON object.
import OpenAI, { APIError } from "openai";

const client = new OpenAI({ baseURL: process.argv[2] + "/v1", apiKey: "none", maxRetries: 0 });
const whole = await client.completions.create({ model: "m", prompt: "zero", max_tokens: 2, n: 2, logprobs: 1, seed: 1 });
let streamed = "";
let finish = null;
let usage = null;
const stream = await client.completions.create({
  model: "m", prompt: "zero", max_tokens: 2, stream: true, stream_options: { include_usage: true },
});
for await (const chunk of stream) {
  streamed += chunk.choices[0]?.text ?? "";
  finish = chunk.choices[0]?.finish_reason ?? finish;
  usage = chunk.usage ?? usage;
}
const models = [];
for await (const model of client.models.list()) models.push(model.id);
let error = null;
try {
  await client.completions.create({ model: "m", prompt: "zero", n: 100 });
} catch (e) {
  if (!(e instanceof APIError)) throw e;
  error = { status: e.status, param: e.param, code: e.code, type: e.type };
}
console.log(JSON.stringify({
  texts: whole.choices.map((c) => c.text), tokens: whole.choices[0].logprobs.tokens,
  logProb: whole.choices[0].logprobs.token_logprobs[0], offset: whole.choices[0].logprobs.text_offset[1], completionTokens: whole.usage.completion_tokens,
  finishReason: whole.choices[0].finish_reason, streamed, finish, streamedTokens: usage?.completion_tokens, models, error,
}));
