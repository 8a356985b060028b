import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from transformers import LlamaForCausalLM

from recipe.export import llama_config
from recipe.model import LanguageModel, ModelShape, causal_attention
from recipe.muon import Muon, orthogonalised
from recipe.schedule import Schedule, Stage, write_schedule
from recipe.train import train

torch.set_num_threads(1)  # tensors so small that a second thread only waits
VOCABULARY = 64
SPAN = 20
SHAPE = {"vocabulary": VOCABULARY, "width": 64, "layers": 2, "heads": 4, "hidden": 128, "context": 64}


def toy_run(folder: Path, steps: int) -> Path:
    """A run on random spans that stand twice: all that can be learnt is to copy."""
    tokens = folder / "tokens"
    tokens.mkdir()
    spans = np.random.default_rng(0).integers(1, VOCABULARY, (10_000, SPAN), dtype=np.uint16)
    np.concatenate((spans, spans), axis=1).tofile(tokens / "random.bin")
    run = folder / "run"
    run.mkdir()
    schedule = Schedule(
        seed=1, shape=SHAPE, steps=steps, decay_from=steps * 2 // 3, warmup=10, matrix_rate=0.02, other_rate=0.004,
        repeats=0.0, mix={"random": 1.0}, stages=[Stage(0, 63, 32)],
    )  # fmt: skip
    write_schedule(schedule, run / "schedule.json")
    return folder


def continued(folder: Path, until: int, init: Path | None = None) -> LanguageModel:
    train(folder / "run", folder / "tokens", init, until=until)
    model = LanguageModel(ModelShape(**SHAPE))
    model.load_state_dict(torch.load(folder / "run" / "checkpoint.pt")["model"])
    return model


def as_llama(model: LanguageModel) -> LlamaForCausalLM:
    llama = LlamaForCausalLM(llama_config(model.shape)).eval()
    llama.set_attn_implementation("eager")
    weights = model.state_dict()
    llama.load_state_dict({**weights, "lm_head.weight": weights["model.embed_tokens.weight"]})
    return llama


class Training(unittest.TestCase):
    def test_model_is_hugging_face_s_llama(self) -> None:
        for factor in (1.0, 4.0):
            torch.manual_seed(0)
            model = LanguageModel(ModelShape(**SHAPE, rope_factor=factor))
            for parameter in model.parameters():
                torch.nn.init.normal_(parameter, std=0.2)
            ids = torch.randint(0, VOCABULARY, (2, 60))
            with self.subTest(factor), torch.no_grad():
                torch.testing.assert_close(model(ids), as_llama(model)(ids).logits, atol=1e-4, rtol=1e-4)

    def test_attention_in_blocks_is_causal_attention(self) -> None:
        torch.manual_seed(0)
        for length in (1, 128, 300, 513):
            q, k, v = torch.randn(3, 2, 4, length, 16)
            expected = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            with self.subTest(length):
                torch.testing.assert_close(causal_attention(q, k, v), expected, atol=1e-5, rtol=1e-5)

    def test_muon_moves_singular_values_close_to_one(self) -> None:
        torch.manual_seed(0)
        for rows, columns in ((32, 64), (64, 32)):
            for precision in (torch.float32, torch.bfloat16):
                moved = orthogonalised(torch.randn(3, rows, columns).to(precision))
                values = torch.linalg.svdvals(moved.float())
                self.assertGreater(values.min(), 0.5)
                self.assertLess(values.max(), 1.3)

    def test_muon_decays_weights_by_the_rate(self) -> None:
        for decay, left in ((0.0, 1.0), (0.5, 0.95)):
            weight = torch.nn.Parameter(torch.eye(8))
            weight.grad = torch.zeros(8, 8)
            Muon([weight], lr=0.1, weight_decay=decay).step()
            torch.testing.assert_close(weight.detach(), left * torch.eye(8))

    def test_stopped_and_resumed_is_the_same_run(self) -> None:
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
            through = continued(toy_run(Path(one), 6), 6)
            resumed = toy_run(Path(two), 6)
            continued(resumed, 3)
            for a, b in zip(through.parameters(), continued(resumed, 6).parameters(), strict=True):
                torch.testing.assert_close(a, b, atol=0, rtol=0)

    def test_a_new_run_begins_with_given_weights_and_goes_on_with_its_own(self) -> None:
        torch.manual_seed(3)
        given = LanguageModel(ModelShape(**SHAPE)).state_dict()
        with tempfile.TemporaryDirectory() as name:
            folder = toy_run(Path(name), 6)
            save_file(given, folder / "model.safetensors")
            first = continued(folder, 1, init=folder).state_dict()
            second = continued(folder, 2, init=folder).state_dict()
        embedding = "model.embed_tokens.weight"  # AdamW's steps are at most the rate, 4e-4 and 8e-4 in the warm-up
        self.assertLess((first[embedding] - given[embedding]).abs().max(), 5e-4)
        self.assertGreater((second[embedding] - given[embedding]).abs().max(), 9e-4)

    def test_toy_run_learns_to_copy(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            model = continued(toy_run(Path(folder), 300), 300)
        span = torch.randint(1, VOCABULARY, (64, SPAN), generator=torch.Generator().manual_seed(2))
        ids = torch.cat((torch.zeros(64, 1, dtype=torch.long), span, span), dim=1)
        with torch.no_grad():
            copied = model(ids[:, :-1])[:, SPAN + 5 :].argmax(-1) == ids[:, SPAN + 6 :]
        self.assertGreater(copied.float().mean(), 0.9)


if __name__ == "__main__":
    unittest.main()
