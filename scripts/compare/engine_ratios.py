"""Prefill and single-row decode of the engine against llama.cpp's, one after the other in turns, and their ratios.

Development only. Needs llama.cpp's llama-bench and the same model in Q8_0 and Q4_0 (llama-quantize --allow-requantize).

    python scripts/compare/engine_ratios.py --llama-bench BIN/llama-bench --peer q8.gguf q4_0.gguf --forms int8-blocks int8-rows

Of each figure the best round counts: what else runs on the machine can only take away. Tokens a second throughout.
"""
import argparse, json, os, re, subprocess, tempfile

parser = argparse.ArgumentParser()
parser.add_argument("--llama-bench", required=True)
parser.add_argument("--peer", nargs="+", required=True, help="the model in the peer's formats")
parser.add_argument("--forms", nargs="+", default=["int8-blocks"], help="precisions of ours")
parser.add_argument("--rounds", type=int, default=4)
parser.add_argument("--threads", type=int, default=2, help="of the peer; the engine's benchmarks use 2")
parser.add_argument("--engine-bench", help="the compiled benchmarks of infer/ort; made where it is not given")
parser.add_argument("--before", help="those of an earlier commit (go test -c ./infer/ort), timed in the first form")
args = parser.parse_args()
best = {}


def note(who, what, speed):
    best.setdefault(who, {})[what] = max(speed, best.get(who, {}).get(what, 0))


def peer(model):
    for flags in (["-p", "256", "-n", "0"], ["-p", "0", "-n", "16", "-d", "16,256"]):
        out = subprocess.run([args.llama_bench, "-m", model, "-t", str(args.threads), "-r", "3", "-o", "jsonl", *flags],
                             capture_output=True, text=True, check=True).stdout
        for line in filter(None, out.splitlines()):
            row = json.loads(line)
            note(os.path.basename(model), "prefill 256" if row["n_prompt"] else f"decode at {row['n_depth']}", max(row["samples_ts"]))


def engine(form, binary, called=None):
    for pattern in ("Prefill/256$", "DecodeAfter"):
        out = subprocess.run([binary, "-test.run", "xxx", "-test.bench", pattern, "-test.benchtime", "0.4s", "-test.count", "2"],
                             capture_output=True, text=True, check=True, cwd="infer/ort", env={**os.environ, "PRECISION": form}).stdout
        for name, past, speed in re.findall(r"Benchmark(Prefill|DecodeAfter)/(\d+)\S*.*?([\d.]+) tok/s", out):
            note(called or form, f"{'prefill' if name == 'Prefill' else 'decode at'} {past}", float(speed))


def shape():
    model = re.search(r"model name\s*: (.*)", open("/proc/cpuinfo").read())
    flags = {f for f in ("avx2", "avx512_vnni", "avx_vnni", "amx_int8") if re.search(rf"\b{f}\b", open("/proc/cpuinfo").read())}
    return f"{model.group(1) if model else '?'}, {os.cpu_count()} cores, {' '.join(sorted(flags))}, load {os.getloadavg()[0]:.1f}"


binary = args.engine_bench or os.path.join(tempfile.mkdtemp(), "ort.test")
if not args.engine_bench:
    subprocess.run(["go", "test", "-c", "-o", binary, "./infer/ort"], check=True)
print("at the start:", shape())
for _ in range(args.rounds):
    if args.before:
        engine(args.forms[0], args.before, f"{args.forms[0]}, before")
    for form in args.forms:
        engine(form, binary)
    for model in args.peer:
        peer(model)
print("at the end:", shape())
print(f"{args.threads} threads, best of {args.rounds} rounds, tokens a second")
whats = ["prefill 256", "decode at 16", "decode at 256"]
print("| |", " | ".join(whats), "|\n|---|" + "---|" * len(whats))
for who, speeds in best.items():
    print(f"| {who} |", " | ".join(f"{speeds[w]:.0f}" for w in whats), "|")
for form in [who for who in best if not who.endswith(".gguf")]:
    for model in map(os.path.basename, args.peer):
        print(f"| {form} / {model} |", " | ".join(f"x{best[form][w] / best[model][w]:.2f}" for w in whats), "|")
