"""What Ollama's Python client makes of this server. Prints one JSON object."""

import json
import sys

import ollama

client = ollama.Client(host=sys.argv[1])
whole = client.generate(model="m", prompt="zero", options={"num_predict": 2})
pieces = list(client.generate(model="m", prompt="def f(a):\n    return ", suffix="\n", stream=True))
error = None
try:
    client.generate(model="m", prompt="zero", options={"temperature": 50.0})
except ollama.ResponseError as e:
    error = {"status": e.status_code, "message": e.error}
print(
    json.dumps(
        {
            "whole": whole.response,
            "reason": whole.done_reason,
            "count": whole.eval_count,
            "middle": "".join(p.response for p in pieces),
            "pieces": len(pieces),
            "done": pieces[-1].done,
            "models": [m.model for m in client.list().models],
            "capabilities": client.show("m").capabilities,
            "error": error,
        }
    )
)
