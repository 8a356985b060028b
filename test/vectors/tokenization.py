"""Small real tokenizers, one per family, in the form that the hub's own files have.

They are trained once on a few hundred lines of text (`make.py --corpus`) and committed, so that
remaking the models needs no corpus.
"""

import io
import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import zstandard
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

QWEN_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
BYTE_TOKENS = [f"<0x{byte:02X}>" for byte in range(256)]
# Characters that the texts in reference.py use and that few lines of English hold.
ALPHABET = list("éïÉ中文“”—·")

# What makes spans hard: normalisation that lengthens, shortens or reorders, characters beyond the
# basic plane, white space of every kind, controls, text that looks like special tokens.
HARD_TEXTS = [
    "",
    " ",
    "\t\tif (a && b) {\r\n\t\t\treturn;\r\n\r\n\t}\n",
    "  leading and trailing  ",
    "a\u0000b\u0007c",
    "cafe\u0301 nai\u0308ve \u00c5\u0301 q\u0323\u0307",
    "👩\u200d👩\u200d👧\u200d👦🇩🇪👍🏽 ☺\ufe0f",
    "日本語とカタカナ、한국어 \u1100\u1161\u11a8",
    "שלום עולם, مرحبا بالعالم",
    "हिन्दी ภาษาไทย",
    "\ufb01ne Ａ１ ½ ㌔ ｶﾞ ① \u212b ﷺ",
    "İstanbul ẞ ǅ ΑΣ",
    "zero\u200bwidth soft\u00adhyphen bom\ufeff nbsp\u00a0nel\u0085ls\u2028end",
    "<s>[MASK]<|endoftext|></s> <bos>▁x",
    "don't can't I'LL 12345 3.14e-10 #include <stdio.h>",
    "supercalifragilisticexpialidocious" * 4,
]


def sample_lines(corpus: Path, documents: int = 60, lines: int = 600) -> list[str]:
    """A reproducible sample of lines from a zstd-compressed JSONL corpus with a `text` field."""
    with corpus.open("rb") as file:
        stream = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), encoding="utf-8")
        texts = [json.loads(next(stream))["text"] for _ in range(documents)]
    found = [line for text in texts for line in text.splitlines(keepends=True) if line.strip()]
    return random.Random(0).sample(found, lines)


def byte_level(lines, *, special, vocab=420, normalizer=None, split=None, post=None, added=()) -> Tokenizer:
    """Byte-level BPE: gpt2, roberta, gpt-neox, qwen3."""
    tokenizer = Tokenizer(models.BPE())
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = (
        pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(split), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
        if split
        else pre_tokenizers.ByteLevel(add_prefix_space=False)
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(lines, trainer)
    tokenizer.add_tokens(list(added))
    tokenizer.post_processor = post or processors.ByteLevel(trim_offsets=False)
    return tokenizer


def word_piece(lines, *, lowercase, vocab=480) -> Tokenizer:
    """WordPiece between [CLS] and [SEP]: bert (lower case, accents stripped), distilbert (cased)."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocab,
        special_tokens=special,
        initial_alphabet=ALPHABET,
        limit_alphabet=100,
        show_progress=False,
    )
    tokenizer.train_from_iterator(lines, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", special.index("[CLS]")), ("[SEP]", special.index("[SEP]"))],
    )
    return tokenizer


def sentence_piece_bpe(lines, *, special, bos, prepend, vocab=480) -> Tokenizer:
    """BPE over `▁` with byte fallback: llama (with the Prepend normaliser), gemma (without)."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    replace = normalizers.Replace(" ", "▁")
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), replace]) if prepend else replace
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never")  # only to train: merges stay in words
    trainer = trainers.BpeTrainer(vocab_size=vocab, special_tokens=special + BYTE_TOKENS, show_progress=False)
    tokenizer.train_from_iterator(lines, trainer)

    form = json.loads(tokenizer.to_str())
    form["added_tokens"] = [token for token in form["added_tokens"] if token["content"] not in BYTE_TOKENS]
    form["pre_tokenizer"] = None
    tokenizer = Tokenizer.from_str(json.dumps(form))
    if not prepend:
        tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    tokenizer.decoder = decoders.Sequence(steps + ([decoders.Strip(" ", 1, 0)] if prepend else []))
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos}:0 $A:0",
        pair=f"{bos}:0 $A:0 {bos}:1 $B:1",
        special_tokens=[(bos, special.index(bos))],
    )
    return tokenizer


def unigram(lines, vocab=480) -> Tokenizer:
    """Unigram over Metaspace after NFKC, `</s>` at the end: t5, without its Precompiled map."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    special = ["<pad>", "</s>", "<unk>"]
    trainer = trainers.UnigramTrainer(
        vocab_size=vocab,
        special_tokens=special,
        unk_token="<unk>",
        initial_alphabet=ALPHABET,
        show_progress=False,
    )
    tokenizer.train_from_iterator(lines, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A:0 </s>:0",
        pair="$A:0 </s>:0 $B:0 </s>:0",
        special_tokens=[("</s>", special.index("</s>"))],
    )
    return tokenizer


@dataclass
class Family:
    """How to train one family's tokenizer, and what its tokenizer_config.json says."""

    train: Callable[[list[str]], Tokenizer]
    config: dict[str, str | bool]


ROBERTA_SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
END = "<|endoftext|>"

FAMILIES = {
    "gpt2": Family(
        lambda lines: byte_level(lines, special=[END]),
        {"tokenizer_class": "GPT2Tokenizer", "bos_token": END, "eos_token": END, "unk_token": END},
    ),
    "roberta": Family(
        lambda lines: byte_level(
            lines,
            special=ROBERTA_SPECIAL,
            post=processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False),
        ),
        {
            "tokenizer_class": "RobertaTokenizer",
            "bos_token": "<s>",
            "eos_token": "</s>",
            "cls_token": "<s>",
            "sep_token": "</s>",
            "unk_token": "<unk>",
            "pad_token": "<pad>",
            "mask_token": "<mask>",
        },
    ),
    "gpt-neox": Family(
        # Runs of blanks are added tokens here, as in the GPT-NeoX-20B tokenizer.
        lambda lines: byte_level(
            lines,
            special=[END, "<|padding|>"],
            normalizer=normalizers.NFC(),
            added=[AddedToken(" " * width, normalized=True) for width in (4, 3, 2)],
        ),
        {"tokenizer_class": "GPTNeoXTokenizer", "bos_token": END, "eos_token": END, "unk_token": END},
    ),
    "qwen3": Family(
        lambda lines: byte_level(
            lines, special=[END, "<|im_start|>", "<|im_end|>"], normalizer=normalizers.NFC(), split=QWEN_SPLIT
        ),
        {"tokenizer_class": "Qwen2Tokenizer", "eos_token": "<|im_end|>", "pad_token": END},
    ),
    "bert": Family(
        lambda lines: word_piece(lines, lowercase=True),
        {
            "tokenizer_class": "BertTokenizer",
            "do_lower_case": True,
            "cls_token": "[CLS]",
            "sep_token": "[SEP]",
            "unk_token": "[UNK]",
            "pad_token": "[PAD]",
            "mask_token": "[MASK]",
        },
    ),
    "distilbert": Family(
        lambda lines: word_piece(lines, lowercase=False),
        {
            "tokenizer_class": "DistilBertTokenizer",
            "do_lower_case": False,
            "cls_token": "[CLS]",
            "sep_token": "[SEP]",
            "unk_token": "[UNK]",
            "pad_token": "[PAD]",
            "mask_token": "[MASK]",
        },
    ),
    "llama": Family(
        lambda lines: sentence_piece_bpe(lines, special=["<unk>", "<s>", "</s>"], bos="<s>", prepend=True),
        {"tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"},
    ),
    "gemma3": Family(
        lambda lines: sentence_piece_bpe(
            lines, special=["<pad>", "<eos>", "<bos>", "<unk>"], bos="<bos>", prepend=False
        ),
        {
            "tokenizer_class": "GemmaTokenizer",
            "bos_token": "<bos>",
            "eos_token": "<eos>",
            "unk_token": "<unk>",
            "pad_token": "<pad>",
        },
    ),
    "unigram": Family(
        unigram,
        {"tokenizer_class": "T5Tokenizer", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"},
    ),
}


def train_all(corpus: Path, root: Path) -> None:
    """Trains every family's tokenizer and writes tokenizer.json and tokenizer_config.json into its folder."""
    lines = sample_lines(corpus)
    for name, family in FAMILIES.items():
        folder = root / name
        folder.mkdir(exist_ok=True)
        family.train(lines).save(str(folder / "tokenizer.json"))
        config = {**family.config, "model_max_length": 128, "clean_up_tokenization_spaces": False}
        (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def encode(tokenizer: Tokenizer, text: str) -> dict[str, Any]:
    """A text's tokens as the JSON files hold them."""
    encoding = tokenizer.encode(text)
    return {
        "text": text,
        "input_ids": encoding.ids,
        "special": encoding.special_tokens_mask,
        "offsets": [list(pair) for pair in encoding.offsets],
        "offsets_utf16": utf16_offsets(text, encoding.offsets),
    }


def hard_tokens(root: Path) -> dict[str, list[dict[str, Any]]]:
    """Every family's tokens of the hard texts."""
    tokenizers = {name: Tokenizer.from_file(str(root / name / "tokenizer.json")) for name in FAMILIES}
    return {name: [encode(tokenizer, text) for text in HARD_TEXTS] for name, tokenizer in tokenizers.items()}


def utf16_offsets(text: str, offsets: list[tuple[int, int]]) -> list[list[int]]:
    """Turns offsets in code points into offsets in UTF-16 units."""
    units = [0]
    for character in text:
        units.append(units[-1] + (2 if ord(character) > 0xFFFF else 1))
    return [[units[start], units[end]] for start, end in offsets]
