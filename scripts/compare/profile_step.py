"""Where a step of an imported model goes: wall time, and by the runtime's profiler the time of each type of node.

Development only. Needs numpy and onnxruntime.

    python scripts/compare/profile_step.py FOLDER... --past 256 --tokens 1 --threads 2

The profiler itself slows a step of hundreds of small nodes down: compare its shares, and the wall times, which are taken without it.
"""
import argparse, collections, json, os, statistics, tempfile, time

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # the runtime reads it as it is loaded
import numpy as np, onnxruntime as ort

parser = argparse.ArgumentParser()
parser.add_argument("folders", nargs="+", help="imports of GGUF files")
parser.add_argument("--past", type=int, default=256)
parser.add_argument("--tokens", type=int, default=1, help="fed in one step, on one row")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--operators", help="of native imports: what register.c beside says how to make")
parser.add_argument("--steps", type=int, default=150)
args = parser.parse_args()


def session(folder, profile):
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level, options.enable_mem_pattern = args.threads, 3, False
    for name, value in (("intra_op.allow_spinning", "1"), ("intra_op.spin_duration_us", "1000"), ("use_device_allocator_for_initializers", "1")):
        options.add_session_config_entry("session." + name, value)
    if args.operators:
        options.register_custom_ops_library(args.operators)
    if profile:
        options.enable_profiling, options.profile_file_prefix = True, os.path.join(profile, "step")
    return ort.InferenceSession(os.path.join(folder, "model.onnx"), options, providers=["CPUExecutionProvider"])


def stepper(s, config):
    """A function that runs the same step again and again."""
    binding, n, past = s.io_binding(), args.tokens, args.past
    feeds = dict(input_ids=np.arange(100, 100 + n), seqlens_k=np.array([past + n - 1], np.int32), query_seqlens=np.array([n], np.int32),
                 total_sequence_length=np.array(past + n, np.int32), spread=np.arange(n)[None], packed=np.arange(n), last=np.array([n - 1]))
    for name, value in feeds.items():
        binding.bind_ortvalue_input(name, ort.OrtValue.ortvalue_from_numpy(value))
    shape = 1, config["num_key_value_heads"], past + n + 16, config["head_dim"]
    for i in range(config["num_hidden_layers"]):
        for part in ("key", "value"):
            cache = ort.OrtValue.ortvalue_from_numpy(np.full(shape, 0.1, np.float32))
            binding.bind_ortvalue_input(f"past_key_values.{i}.{part}", cache)
            binding.bind_ortvalue_output(f"present.{i}.{part}", cache)
    binding.bind_ortvalue_output("logits", ort.OrtValue.ortvalue_from_numpy(np.zeros((1, config["vocab_size"]), np.float32)))
    return lambda: s.run_with_iobinding(binding)


def wall(step):
    times = []
    for _ in range(20 + args.steps):
        began = time.perf_counter()
        step()
        times.append((time.perf_counter() - began) * 1e3)
    return times[20:]


for folder in args.folders:
    config = json.load(open(os.path.join(folder, "config.json")))
    times = wall(stepper(session(folder, None), config))
    with tempfile.TemporaryDirectory() as profile:
        s = session(folder, profile)
        wall(stepper(s, config))
        events = json.load(open(s.end_profiling()))
    first = sorted(e["ts"] for e in events if e["name"] == "model_run")[20]
    nodes = collections.defaultdict(list)
    for e in events:
        if e.get("cat") == "Node" and e["name"].endswith("_kernel_time") and e["ts"] >= first:
            op, inputs = e["args"]["op_name"], e["args"]["input_type_shape"]
            if "MatMul" in op:
                weights = list(inputs[1].values())[0]
                op += " of " + " x ".join(map(str, weights)) if len(weights) > 1 else ""
            nodes[op].append(e["dur"])
    total = sum(map(sum, nodes.values()))
    print(f"{os.path.basename(os.path.normpath(folder))}: {args.tokens} tokens at {args.past}, {args.threads} threads: median {statistics.median(times):.2f} ms, "
          f"best {min(times):.2f}; profiled {total / args.steps / 1e3:.2f} ms in {sum(map(len, nodes.values())) / args.steps:.0f} nodes")
    print("| node | in a step | us each | ms in a step | share |\n|---|---|---|---|---|")
    for op, took in sorted(nodes.items(), key=lambda item: -sum(item[1])):
        print(f"| {op} | {len(took) / args.steps:.0f} | {statistics.mean(took):.1f} | {sum(took) / args.steps / 1e3:.2f} | {sum(took) / total:.0%} |")
