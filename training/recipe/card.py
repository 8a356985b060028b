"""Writes the model card from the measured figures, so that none is copied by hand.

FIGURES holds evaluation.json, comparison.json, phenomena.json and check.json, as evaluate.py, phenomena.py and check.py
wrote them.
"""

import argparse
import hashlib
import json
from pathlib import Path

from .corpus import MANIFEST
from .schedule import Schedule, read_schedule, tokens_seen

INTRODUCTION = """\
A small decoder-only transformer of the Llama form that comes with the extension, so that real attention can be looked
at offline and at once. It continues code and simple English; its text is locally plausible and means nothing.

Not for: facts, advice, finished code, conversation, or any language but English. It has had no safety training. Its
training text is published code, documentation and books of the nineteenth and early twentieth centuries, with the views
of their times.
"""
PYTHON = """\
The ONNX file stores the weights under the names of the parameters; `python -m recipe.weights --model FOLDER` (in
`training/`) writes them as `model.safetensors`. With it: `LlamaForCausalLM.from_pretrained(FOLDER, dtype=torch.float32,
attn_implementation="eager")` and `PreTrainedTokenizerFast(tokenizer_file=f"{FOLDER}/tokenizer.json")`. Without it:
`onnxruntime.InferenceSession(f"{FOLDER}/onnx/model.onnx")`, whose inputs are `input_ids`, `attention_mask`,
`position_ids` and the empty or former `past_key_values.*`. The special token 0 begins every text.
"""


def table(head: list[str], rows: list[list[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def recipe_text(schedule: Schedule, begun_with: str, spent: str) -> str:
    decay = f", with a weight decay of {schedule.weight_decay}" if schedule.weight_decay else ""
    stages = ", ".join(f"{stage.rows} × {stage.length} tokens from step {stage.step}" for stage in schedule.stages)
    return (
        f"Begun with {begun_with}. Seed {schedule.seed}; shape {json.dumps(schedule.shape)}; {schedule.steps} steps of {stages}: "
        f"{tokens_seen(schedule) / 1e6:.1f} million tokens. Muon at {schedule.matrix_rate} for the matrices{decay}, AdamW at "
        f"{schedule.other_rate} for the rest, linearly to 0 from step {schedule.decay_from}; a span is repeated in "
        f"{schedule.repeats:.0%} of the windows. Time and energy: {spent}. How to repeat it: training/README.md."
    )


def data_text(manifest: dict[str, dict]) -> str:
    train = manifest["train"]
    megabytes = {domain: round(size / 1e6, 1) for domain, size in train["bytes"].items()}
    credit = [f"{name} ({entry['licence']})" for name, entry in train["sources"].items() if "CC-BY" in entry["licence"]]
    return (
        f"Million bytes: {json.dumps(megabytes)}, from {len(train['sources'])} sources; each with version or commit, "
        f"licence, bytes and hash in training/corpus/manifest.json. Under CC-BY, cleaned and cut into windows: "
        f"{', '.join(credit)}. Held out as whole sources: {', '.join(manifest['validation']['sources'])}."
    )


def figures_text(results: list[dict], check: dict[str, float]) -> str:
    """`results`: of this model at its own context, then of all that are compared at a window they share."""
    domains = list(results[0]["bits_per_byte"])
    bits = table(
        ["bits per byte", "window", *domains],
        [[r["model"], r["window"], *(f"{r['bits_per_byte'][d]:.3f}" for d in domains)] for r in results],
    )
    by_position = table(
        ["position", *results[0]["loss_by_position"]], [["nats a token", *results[0]["loss_by_position"].values()]]
    )
    return (
        f"On the held-out sources:\n\n{bits}\n\nBy position, over whole windows:\n\n{by_position}\n\nLargest differences: ONNX to PyTorch "
        f"{check['onnx_against_pytorch']:.1e} (logits), chunks to one pass {check['chunks_against_one_pass']:.1e} "
        f"(logits), stored to trained weights {check['largest_attention_difference']:.1e} (attention; the strongest "
        f"token agrees in {check['strongest_token_agrees']:.2%} of rows)."
    )


def heads_text(found: dict[str, dict]) -> str:
    probes = "\n".join(
        f"- {name}: {', '.join(f'{head} {score:.2f}' for head, score in value)}" if isinstance(value, list)
        else f"- {name}: {value:.3f}"
        for name, value in found["probes"].items()
    )  # fmt: skip
    rows = [
        [name, e["head"], f"{e['found']:.2f} ({e['interval'][0]:.2f}–{e['interval'][1]:.2f})", f"{e['control']:.2f}",
         "by definition" if e["positional"] is None else f"{e['positional']:.2f}", e["verdict"]]
        for name, e in found["phenomena"].items()
    ]  # fmt: skip
    head = ["phenomenon", "head", "found (95 %)", "control", "best position", "verdict"]
    examples = next(iter(found["phenomena"].values()))["examples"]
    return (
        f"Mean scores on repeated random tokens, the strongest heads:\n\n{probes}\n\nShare of {examples} generated "
        f"examples in which the best head gives the answer more attention than any other earlier token (chosen on as many "
        f"others):\n\n{table(head, rows)}\n\nControl: the same head on the same examples shuffled (duplicate token: "
        f"without the earlier copy; first-token sink: another earlier token). Best position: what the luckiest fixed "
        f"offset or position would find. Absent: not above both; traces, weak, present: the interval lies above them, "
        f"from 0.5 on, from 0.8 on. The extension takes no role from here: it measures heads itself. As JSON: "
        f"training/figures."
    )


def samples_text(result: dict) -> str:
    """Without the beginnings, which are other people's text."""
    about = "Of the first 200 characters of held-out files, in the order of their hashes; the files are not repeated here."
    samples = [
        f"{number}. {sample['domain']}: after a beginning with SHA-256 {sample['prompt_sha256'][:12]}…\n"
        f"   - greedy: {json.dumps(sample['greedy'], ensure_ascii=False)}\n"
        f"   - sampled: {json.dumps(sample['sampled'], ensure_ascii=False)}"
        for number, sample in enumerate(result["continuations"], 1)
    ]
    return "\n\n".join([about, *samples])


def hashes_text(model: Path) -> str:
    files = sorted(f for f in model.rglob("*") if f.is_file() and f.name != "README.md")
    return "\n".join(f"- {f.relative_to(model)}: {hashlib.sha256(f.read_bytes()).hexdigest()}" for f in files)


def card(model: Path, figures: Path, schedule: Schedule, begun_with: str, spent: str) -> str:
    def read(name: str) -> dict:
        return json.loads((figures / f"{name}.json").read_text())

    evaluation = read("evaluation")
    sections = {
        "Data": data_text(json.loads(MANIFEST.read_text())),
        "Recipe": recipe_text(schedule, begun_with, spent),
        "Figures": figures_text(evaluation + read("comparison"), read("check")),
        "Heads": heads_text(read("phenomena")),
        "Python": PYTHON.strip(),
        "Continuations, not chosen": samples_text(evaluation[0]),
        "sha256": hashes_text(model),
    }
    body = "\n\n".join(f"## {title}\n\n{text}" for title, text in sections.items())
    return f"# The bundled model\n\n{INTRODUCTION}\n{body}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--run", default="default")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--figures", type=Path, required=True)
    parser.add_argument("--begun-with", default="random weights", help="what the weights were before, in words")
    parser.add_argument("--spent", required=True, help="time, machine and energy, in words")
    arguments = parser.parse_args()
    schedule = read_schedule(arguments.work / "runs" / arguments.run / "schedule.json")
    text = card(arguments.model, arguments.figures, schedule, arguments.begun_with, arguments.spent)
    (arguments.model / "README.md").write_text(text)


if __name__ == "__main__":
    main()
