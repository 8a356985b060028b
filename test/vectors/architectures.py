"""The models: tiny configurations with seeded weights, exported as optimum exports them."""

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
import transformers
from optimum.exporters.onnx import onnx_export_from_model
from tokenizers import Tokenizer
from transformers import PreTrainedModel

DECODER, ENCODER, ENCODER_DECODER = "text-generation-with-past", "feature-extraction", "text2text-generation-with-past"


@dataclass
class Architecture:
    """A transformers class and what its configuration sets apart from the vocabulary.

    `attention` is how it is exported: "sdpa" is transformers' default, so what ordinary exports hold.
    """

    model: str
    config: str
    task: str
    tokenizer: str
    settings: dict[str, Any]
    special: dict[str, str]
    attention: str = "sdpa"


LLAMA_SHAPE = {
    "max_position_embeddings": 128,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
}
BERT_SHAPE = {
    "max_position_embeddings": 128,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}
END = "<|endoftext|>"

ARCHITECTURES = {
    "gpt2": Architecture(
        "GPT2LMHeadModel",
        "GPT2Config",
        DECODER,
        "gpt2",
        {"n_positions": 128, "n_embd": 32, "n_inner": 64, "n_layer": 2, "n_head": 4},
        {"bos_token_id": END, "eos_token_id": END},
    ),
    "llama": Architecture(
        "LlamaForCausalLM",
        "LlamaConfig",
        DECODER,
        "llama",
        LLAMA_SHAPE,
        {"bos_token_id": "<s>", "eos_token_id": "</s>"},
    ),
    "qwen3": Architecture(  # heads wider than hidden / heads, norms on queries and keys
        "Qwen3ForCausalLM",
        "Qwen3Config",
        DECODER,
        "qwen3",
        {**LLAMA_SHAPE, "head_dim": 16, "tie_word_embeddings": True},
        {"bos_token_id": END, "eos_token_id": "<|im_end|>"},
    ),
    "gemma3": Architecture(  # one key head; a window shorter than the texts in the first and third layer
        "Gemma3ForCausalLM",
        "Gemma3TextConfig",
        DECODER,
        "gemma3",
        {
            **LLAMA_SHAPE,
            "num_hidden_layers": 3,
            "num_key_value_heads": 1,
            "head_dim": 8,
            "query_pre_attn_scalar": 6,
            "sliding_window": 12,
            "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
        },
        {"bos_token_id": "<bos>", "eos_token_id": "<eos>", "pad_token_id": "<pad>"},
    ),
    "gpt-neox": Architecture(  # rotary on half of each head, parallel residual
        "GPTNeoXForCausalLM",
        "GPTNeoXConfig",
        DECODER,
        "gpt-neox",
        {**BERT_SHAPE, "rotary_pct": 0.5},
        {"bos_token_id": END, "eos_token_id": END},
    ),
    "bert": Architecture("BertModel", "BertConfig", ENCODER, "bert", BERT_SHAPE, {"pad_token_id": "[PAD]"}),
    "distilbert": Architecture(
        "DistilBertModel",
        "DistilBertConfig",
        ENCODER,
        "distilbert",
        {"max_position_embeddings": 128, "dim": 32, "hidden_dim": 64, "n_layers": 2, "n_heads": 4},
        {"pad_token_id": "[PAD]"},
    ),
    "roberta": Architecture(
        "RobertaModel",
        "RobertaConfig",
        ENCODER,
        "roberta",
        {**BERT_SHAPE, "max_position_embeddings": 130, "type_vocab_size": 1},
        {"bos_token_id": "<s>", "pad_token_id": "<pad>", "eos_token_id": "</s>"},
    ),
}
T5 = Architecture(  # its decoder's two branches stand in one If; exported without references
    "T5ForConditionalGeneration",
    "T5Config",
    ENCODER_DECODER,
    "unigram",
    {"d_model": 16, "d_kv": 4, "d_ff": 32, "num_layers": 1, "num_heads": 4, "decoder_start_token_id": 0},
    {"pad_token_id": "<pad>", "eos_token_id": "</s>"},
    attention="eager",
)
GPT2, LLAMA, BERT, GEMMA3 = (ARCHITECTURES[name] for name in ("gpt2", "llama", "bert", "gemma3"))
ARCHITECTURES |= {
    "gpt2-eager": replace(GPT2, attention="eager"),
    "bert-eager": replace(BERT, attention="eager"),
    "gemma2-eager": replace(  # scores pass through a tanh
        GEMMA3,
        model="Gemma2ForCausalLM",
        config="Gemma2Config",
        settings={
            **{key: value for key, value in GEMMA3.settings.items() if key != "layer_types"},
            "num_hidden_layers": 2,
            "num_key_value_heads": 2,
            "attn_logit_softcapping": 2.0,
        },
        attention="eager",
    ),
}
# GroupQueryAttention takes only head sizes that are multiples of 16.
WIDE_LLAMA = replace(LLAMA, settings={**LLAMA.settings, "head_dim": 16, "num_hidden_layers": 1})


def build(architecture: Architecture, tokenizer: Tokenizer, attention: str) -> PreTrainedModel:
    """The model with its seeded weights, the same whatever the attention implementation."""
    special = {key: tokenizer.token_to_id(token) for key, token in architecture.special.items()}
    config_class = getattr(transformers, architecture.config)
    config = config_class(vocab_size=tokenizer.get_vocab_size(), **architecture.settings, **special)
    model_class = getattr(transformers, architecture.model)
    model = model_class._from_config(config, attn_implementation=attention).eval()
    fill(model)
    return model


def fill(model: PreTrainedModel) -> None:
    """Weights with enough spread that attention is far from uniform, which would prove little.

    Transformers' own initialisation (std 0.02) gives nearly equal weights in every row.
    """
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() > 1:
                embedding = any(part in name for part in ("emb", "wte", "wpe"))
                parameter.copy_(noise * (0.6 if embedding else 0.28))
            elif "q_norm" in name or "k_norm" in name:
                parameter.add_(noise * 0.2 + 0.6)
            elif "norm" in name.lower() or "ln_" in name:
                parameter.add_(noise * 0.2)
            else:
                parameter.copy_(noise * 0.1)


def export(model: PreTrainedModel, task: str, folder: Path) -> None:
    """Writes config.json, generation_config.json and onnx/*.onnx."""
    with tempfile.TemporaryDirectory() as scratch:
        onnx_export_from_model(model, scratch, task=task, do_validation=False)
        (folder / "onnx").mkdir(parents=True, exist_ok=True)
        for file in Path(scratch).iterdir():
            if file.name in ("decoder_model.onnx", "decoder_with_past_model.onnx"):
                continue  # both are in decoder_model_merged.onnx
            target = folder / "onnx" if file.suffix == ".onnx" else folder
            shutil.copyfile(file, target / file.name)
