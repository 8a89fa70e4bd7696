"""Makes gpt2/: a tiny GPT-2 with random weights, as a graph of the form that Optimum exports, and golden.json with the
logits that NumPy computes without any cache. Needs numpy and onnx.  python gpt2.py
"""
import json, math
import numpy as np, onnx
from onnx import TensorProto as T, helper as h, numpy_helper as nh

L, H, D, V, P = 2, 2, 8, 257, 192
E = H * D
rng = np.random.default_rng(5)
w = {"wte": rng.normal(0, .6, (V, E)), "wpe": rng.normal(0, .3, (P, E)), "f.g": rng.normal(1, .1, E), "f.b": rng.normal(0, .1, E)}
for i in range(L):
    for n, s in (("qkv", (E, 3 * E)), ("o", (E, E)), ("up", (E, 4 * E)), ("down", (4 * E, E))):
        w[f"{i}.{n}"], w[f"{i}.{n}.b"] = rng.normal(0, .4, s), rng.normal(0, .1, s[1])
    for n in ("1", "2"):
        w[f"{i}.ln{n}.g"], w[f"{i}.ln{n}.b"] = rng.normal(1, .1, E), rng.normal(0, .1, E)
w = {n: a.astype(np.float32) for n, a in w.items()}

nodes, inits = [], [nh.from_array(a, n) for n, a in w.items()]
for n, a in (("zero", np.int64(0)), ("one", np.int64(1)), ("two", np.int64(2)), ("split3", np.array([E] * 3)), ("heads", np.array([0, 0, H, D])), ("flat", np.array([0, 0, E])),
             ("scale", np.float32(1 / math.sqrt(D))), ("low", np.float32(-1e9)), ("ax1", np.array([1])), ("ax2", np.array([2])), ("ax12", np.array([1, 2])), ("wteT", w["wte"].T.copy())):
    inits.append(nh.from_array(np.asarray(a), n))
count = 0


def node(op, *ins, outs=1, **attrs):
    global count
    count += 1
    names = [f"v{count}.{k}" for k in range(outs)] if isinstance(outs, int) else outs
    nodes.append(h.make_node(op, list(ins), names, **attrs))
    return names[0] if len(names) == 1 else names


def norm(x, g, b): return node("LayerNormalization", x, g, b, axis=-1, epsilon=1e-5)
def linear(x, n): return node("Add", node("MatMul", x, n), n + ".b")
def split_heads(x): return node("Transpose", node("Reshape", x, "heads"), perm=[0, 2, 1, 3])


x = node("Add", node("Gather", "wte", "input_ids"), node("Gather", "wpe", "position_ids"))
total = node("Gather", node("Shape", "attention_mask"), "one")
causal = node("LessOrEqual", node("Range", "zero", total, "one"), node("Unsqueeze", "position_ids", "ax2"))
kept = node("And", node("Unsqueeze", causal, "ax1"), node("Unsqueeze", node("Cast", "attention_mask", to=T.BOOL), "ax12"))
inputs = [h.make_tensor_value_info(n, T.INT64, s) for n, s in (("input_ids", ["batch_size", "sequence_length"]),
          ("attention_mask", ["batch_size", "past_sequence_length + sequence_length"]), ("position_ids", ["batch_size", "sequence_length"]))]
outputs = [h.make_tensor_value_info("logits", T.FLOAT, ["batch_size", "sequence_length", V])]
for i in range(L):
    q, k, v = node("Split", linear(norm(x, f"{i}.ln1.g", f"{i}.ln1.b"), f"{i}.qkv"), "split3", outs=3, axis=-1)
    q, k, v = split_heads(q), split_heads(k), split_heads(v)
    now = []
    for part, new in (("key", k), ("value", v)):
        past, present = f"past_key_values.{i}.{part}", f"present.{i}.{part}"
        inputs.append(h.make_tensor_value_info(past, T.FLOAT, ["batch_size", H, "past_sequence_length", D]))
        outputs.append(h.make_tensor_value_info(present, T.FLOAT, ["batch_size", H, "past_sequence_length + sequence_length", D]))
        now.append(node("Concat", past, new, outs=[present], axis=2))
    scores = node("Mul", node("MatMul", q, node("Transpose", now[0], perm=[0, 1, 3, 2])), "scale")
    att = node("MatMul", node("Softmax", node("Where", kept, scores, "low"), axis=-1), now[1])
    x = node("Add", x, linear(node("Reshape", node("Transpose", att, perm=[0, 2, 1, 3]), "flat"), f"{i}.o"))
    up = linear(norm(x, f"{i}.ln2.g", f"{i}.ln2.b"), f"{i}.up")
    x = node("Add", x, linear(node("Gelu", up, approximate="tanh"), f"{i}.down"))
node("MatMul", norm(x, "f.g", "f.b"), "wteT", outs=["logits"])
model = h.make_model(h.make_graph(nodes, "gpt2", inputs, outputs, inits), opset_imports=[h.make_opsetid("", 20)])
model.ir_version = 9
onnx.save(model, "gpt2/model.onnx")


def ln(x, g, b): return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5) * g + b


def forward(ids):
    n = len(ids)
    x = (w["wte"][ids] + w["wpe"][:n]).astype(np.float64)
    for i in range(L):
        qkv = ln(x, w[f"{i}.ln1.g"], w[f"{i}.ln1.b"]) @ w[f"{i}.qkv"] + w[f"{i}.qkv.b"]
        q, k, v = (a.reshape(n, H, D).transpose(1, 0, 2) for a in np.split(qkv, 3, -1))
        s = q @ k.transpose(0, 2, 1) / math.sqrt(D) + np.triu(np.full((n, n), -1e9), 1)
        p = np.exp(s - s.max(-1, keepdims=True)); p /= p.sum(-1, keepdims=True)
        x = x + (p @ v).transpose(1, 0, 2).reshape(n, E) @ w[f"{i}.o"] + w[f"{i}.o.b"]
        u = ln(x, w[f"{i}.ln2.g"], w[f"{i}.ln2.b"]) @ w[f"{i}.up"] + w[f"{i}.up.b"]
        u = .5 * u * (1 + np.tanh(math.sqrt(2 / math.pi) * (u + .044715 * u ** 3)))
        x = x + u @ w[f"{i}.down"] + w[f"{i}.down.b"]
    return ln(x, w["f.g"], w["f.b"]) @ w["wte"].T


ids = list(b"def add(a, b):\n    return a + b\n")
said = list(ids)
for _ in range(12):
    said.append(int(forward(said)[-1].argmax()))
json.dump({"ids": ids, "greedy": said[len(ids):], "logits": [[round(float(v), 5) for v in row] for row in forward(ids)[[0, 7, len(ids) - 1]]], "at": [0, 7, len(ids) - 1]}, open("gpt2/golden.json", "w"))
json.dump({"model_type": "gpt2", "n_layer": L, "n_head": H, "n_embd": E, "vocab_size": V, "n_positions": P, "eos_token_id": 256, "bos_token_id": 256}, open("gpt2/config.json", "w"))
