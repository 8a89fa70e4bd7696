"""What the OpenAI SDK for Python makes of this server. Prints one JSON object."""

import json
import sys

import openai

client = openai.OpenAI(base_url=sys.argv[1] + "/v1", api_key="none", max_retries=0)
whole = client.completions.create(model="m", prompt="zero", max_tokens=2, n=2, logprobs=1, seed=1)
streamed, finish, usage = "", None, None
for chunk in client.completions.create(
    model="m", prompt="zero", max_tokens=2, stream=True, stream_options={"include_usage": True}
):
    for choice in chunk.choices:
        streamed += choice.text
        finish = choice.finish_reason or finish
    usage = chunk.usage or usage
error = None
try:
    client.completions.create(model="m", prompt="zero", n=100)
except openai.APIStatusError as e:
    error = {"status": e.status_code, "param": e.param, "code": e.code, "type": e.type}
print(
    json.dumps(
        {
            "texts": [c.text for c in whole.choices],
            "tokens": whole.choices[0].logprobs.tokens,
            "logProb": whole.choices[0].logprobs.token_logprobs[0],
            "offset": whole.choices[0].logprobs.text_offset[1],
            "completionTokens": whole.usage.completion_tokens,
            "finishReason": whole.choices[0].finish_reason,
            "streamed": streamed,
            "finish": finish,
            "streamedTokens": usage.completion_tokens if usage else None,
            "models": [m.id for m in client.models.list()],
            "error": error,
        }
    )
)
