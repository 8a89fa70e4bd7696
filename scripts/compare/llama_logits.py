"""Compares imported models with llama.cpp on the same GGUF file: top-1 agreement and NLL over code.

Development only. Needs: numpy, onnxruntime 1.32.0, and llama-cpp-python for the reference.

    python scripts/compare/llama_logits.py MODEL.gguf IMPORTED_DIR... --files a.go b.py c.js d.java

Of each file, the same number of tokens is taken from its middle (500 of each by default), as one window without a past.
The reference is llama.cpp on the file; with --no-llama it is the first folder. NLL is in nats a token, agreement the share of
positions whose most probable next token is the same, KL that of the reference's distribution from the folder's.
With --prompt N the first N of a window are fed before as a prompt is, in one run and by the fast graph where the import has one
(but for the last), and only what comes after counts: so are mixed imports compared.
"""
import argparse, os, time
import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("gguf")
parser.add_argument("folders", nargs="+")
parser.add_argument("--files", nargs="+", required=True)
parser.add_argument("--tokens", type=int, default=500, help="of each file")
parser.add_argument("--prompt", type=int, default=0, help="of a window's tokens, fed first and not counted; without llama.cpp only")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--operators", help="of native imports: what register.c beside says how to make")
parser.add_argument("--no-llama", action="store_true")
args = parser.parse_args()
if args.prompt and not args.no_llama or args.prompt >= args.tokens:
    parser.error("--prompt: below --tokens, and with --no-llama")


def windows(encode):
    """Windows of tokens out of the middle of the files."""
    for path in args.files:
        ids = encode(open(path, encoding="utf-8").read())
        at = max(0, len(ids) // 2 - args.tokens // 2)
        if len(ids) < args.tokens:
            raise SystemExit(f"{path} has only {len(ids)} tokens")
        yield os.path.basename(path), ids[at:at + args.tokens]


def llama():
    from llama_cpp import Llama
    model = Llama(args.gguf, n_ctx=args.tokens + 8, n_batch=args.tokens + 8, n_threads=args.threads, n_threads_batch=args.threads,
                  logits_all=True, verbose=False)

    def logits(ids):
        model.reset()
        model.eval(ids)
        return np.array(model.scores[:len(ids)], np.float32)
    return logits


def folder(path):
    import json
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # the runtime reads it as it is loaded
    import onnxruntime as ort
    config = json.load(open(os.path.join(path, "config.json")))
    heads, width, layers = config["num_key_value_heads"], config["head_dim"], config["num_hidden_layers"]
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = args.threads, 3
    if args.operators:
        options.register_custom_ops_library(args.operators)
    load = lambda name: ort.InferenceSession(os.path.join(path, name), options, providers=["CPUExecutionProvider"])
    exact, fast = load("model.onnx"), load("chunks.onnx") if os.path.exists(os.path.join(path, "chunks.onnx")) else None
    capacity = args.tokens + 8
    kv = {f"{i}.{part}": ort.OrtValue.ortvalue_from_numpy(np.zeros((1, heads, capacity, width), np.float32))
          for i in range(layers) for part in ("key", "value")}

    def run(session, past, ids):
        binding, n = session.io_binding(), len(ids)
        every = np.arange(n, dtype=np.int64)
        feeds = {"input_ids": np.array(ids, np.int64), "last": every, "packed": every, "spread": every[None], "query_seqlens": np.array([n], np.int32),
                 "seqlens_k": np.array([past + n - 1], np.int32), "total_sequence_length": np.array(past + n, np.int32)}
        for name in {i.name for i in session.get_inputs()} & feeds.keys():
            binding.bind_cpu_input(name, feeds[name])
        for name, value in kv.items():
            binding.bind_ortvalue_input("past_key_values." + name, value)
            binding.bind_ortvalue_output("present." + name, value)
        if session is exact:
            binding.bind_output("logits")
        session.run_with_iobinding(binding)
        return binding.get_outputs()[-1].numpy() if session is exact else None

    def logits(ids):
        n = max(args.prompt - 1, 0)
        if n:
            run(fast or exact, 0, ids[:n])
        return run(exact, n, ids[n:])
    return logits


def log_softmax(x):
    x = x.astype(np.float64) - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


from tokenizers import Tokenizer
tokenizer = Tokenizer.from_file(os.path.join(args.folders[0], "tokenizer.json"))
texts = list(windows(lambda text: tokenizer.encode(text, add_special_tokens=False).ids))
models = ([] if args.no_llama else [("llama.cpp", llama())]) + [(os.path.basename(os.path.normpath(f)), folder(f)) for f in args.folders]
reference, rows = {}, []
for name, logits in models:
    nll, same, kl, count, per_file = 0.0, 0, 0.0, 0, []
    started = time.time()
    for file, ids in texts:
        p = log_softmax(logits(ids))[:-1]
        ids = ids[max(args.prompt - 1, 0):]
        mine = -p[np.arange(len(ids) - 1), ids[1:]]
        r = reference.setdefault(file, p)
        same += int((p.argmax(-1) == r.argmax(-1)).sum())
        kl += float((np.exp(r) * (r - p)).sum())
        nll, count = nll + float(mine.sum()), count + len(mine)
        per_file.append(f"{file} {mine.mean():.4f} ({(p.argmax(-1) == r.argmax(-1)).mean():.1%})")
    rows.append((name, nll / count, same / count, kl / count))
    print(f"{name}: NLL {nll / count:.4f} ({nll / count - rows[0][1]:+.4f}), top-1 {same / count:.2%}, KL {kl / count:.5f}, {count} tokens, "
          f"{time.time() - started:.1f} s; " + ", ".join(per_file), flush=True)
