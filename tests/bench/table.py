#!/usr/bin/env python3
"""The results of tests/tools/bench.sh as a Markdown table:  table.py DIR"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "peers"))
import compare  # noqa: E402  figures, machine, commit


def lines(path):
    return [json.loads(line) for line in open(path, encoding="utf-8")]


def rows(title, path):
    ok = [r for r in lines(path) if r.get("status") == "ok"
          and r["mask_ns"]["n"] > 0]
    for name, values in compare.figures(ok).items():
        cells = " | ".join(compare.number(values[p]) for p in compare.PARTS)
        yield f"| {title}: {name} | {cells} |"


def main():
    folder = pathlib.Path(sys.argv[1])
    first = lines(folder / "cold.jsonl")
    print(f"libgram {compare.commit()} on {compare.machine()}; "
          f"{len(first) - 1} schemas, {first[0]['n_vocab']:,} tokens, loaded in "
          f"{first[0]['vocab_load_us'] / 1000:.1f} ms; microseconds\n")
    print("| | " + " | ".join(compare.PARTS) + " |")
    print("|---|" + "--:|" * len(compare.PARTS))
    for title, name in (("cold", "cold"), ("warm", "warm"),
                        ("cold, 2 threads", "threads")):
        print("\n".join(rows(title, folder / f"{name}.jsonl")))
    print()
    for name in ("batch", "batch2"):
        b = lines(folder / f"{name}.jsonl")[-1]
        masks = b["masks_ns"]
        print(f"- {b['matchers']} matchers over {b['grammars']} grammars, "
              f"{b['threads']} thread(s), all warm: masks of a batch "
              f"p50 {masks['p50'] / 1000:.1f}, mean {masks['mean'] / 1000:.1f}"
              f" us; a mask {b['mask_ns_mean']:.0f}, an accept "
              f"{b['accept_ns_mean']:.0f} ns on average")


if __name__ == "__main__":
    main()
