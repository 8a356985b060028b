"""The transformer that is trained: the Llama form, with the parameter names of Hugging Face's LlamaForCausalLM."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class ModelShape:
    vocabulary: int = 8_192
    width: int = 256
    layers: int = 6
    heads: int = 8
    hidden: int = 688
    context: int = 2_048
    rope_theta: float = 10_000.0
    rope_factor: float = 1.0
    """How many times longer a text may be than those that the model was first trained on (Llama 3's scaling of RoPE)."""
    norm_epsilon: float = 1e-5

    @property
    def head_size(self) -> int:
        return self.width // self.heads

    @property
    def first_context(self) -> int:
        return int(self.context / self.rope_factor)


LOW_TURNS, HIGH_TURNS = 1.0, 4.0
"""Rotations that turn less often than this over the first context are slowed by the whole factor, above not at all."""


def rope_tables(length: int, shape: ModelShape) -> tuple[Tensor, Tensor]:
    """cos and sin, each [length, head size], for the rotate-half form of rotary embeddings."""
    exponents = torch.arange(0, shape.head_size, 2, dtype=torch.float32) / shape.head_size
    frequencies = shape.rope_theta**-exponents
    turns = shape.first_context * frequencies / (2 * math.pi)
    kept = ((turns - LOW_TURNS) / (HIGH_TURNS - LOW_TURNS)).clamp(0, 1)
    frequencies = frequencies * (kept + (1 - kept) / shape.rope_factor)
    angles = torch.outer(torch.arange(length, dtype=torch.float32), frequencies)
    angles = torch.cat((angles, angles), dim=-1)
    return angles.cos(), angles.sin()


def rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-second, first), dim=-1) * sin


class RMSNorm(nn.Module):
    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        x = x.float()
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.epsilon) * self.weight


SHORT, BLOCK = 512, 128
"""Up to SHORT positions, a CPU is faster with BLOCK queries at a time against only the keys that they may see: twice as
fast as the flash kernel where it is compiled and in bfloat16. At 2,048 positions it gains nothing."""


def causal_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """q, k, v and the result: [batch, heads, length, head size]."""
    length = q.shape[2]
    if q.device.type != "cpu" or length > SHORT:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    q = q * q.shape[3] ** -0.5
    blocks = []
    for start in range(0, length, BLOCK):
        end = min(start + BLOCK, length)
        scores = q[:, :, start:end] @ k[:, :, :end].mT
        later = torch.ones(end - start, end, dtype=torch.bool, device=q.device).triu(start + 1)
        blocks.append(scores.masked_fill(later, -torch.inf).softmax(-1) @ v[:, :, :end])
    return torch.cat(blocks, 2)


class Attention(nn.Module):
    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.heads, self.head_size = shape.heads, shape.head_size
        self.q_proj = nn.Linear(shape.width, shape.width, bias=False)
        self.k_proj = nn.Linear(shape.width, shape.width, bias=False)
        self.v_proj = nn.Linear(shape.width, shape.width, bias=False)
        self.o_proj = nn.Linear(shape.width, shape.width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """x and the result: [batch, length, width]."""
        batch, length, width = x.shape

        def by_head(y: Tensor) -> Tensor:
            return y.view(batch, length, self.heads, self.head_size).transpose(1, 2)

        q = rotated(by_head(self.q_proj(x)), cos, sin)
        k = rotated(by_head(self.k_proj(x)), cos, sin)
        v = by_head(self.v_proj(x))
        mixed = causal_attention(q, k, v)
        return self.o_proj(mixed.transpose(1, 2).reshape(batch, length, width))


class FeedForward(nn.Module):
    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(shape.width, shape.hidden, bias=False)
        self.up_proj = nn.Linear(shape.width, shape.hidden, bias=False)
        self.down_proj = nn.Linear(shape.hidden, shape.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.input_layernorm = RMSNorm(shape.width, shape.norm_epsilon)
        self.self_attn = Attention(shape)
        self.post_attention_layernorm = RMSNorm(shape.width, shape.norm_epsilon)
        self.mlp = FeedForward(shape)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), cos, sin)
        return x + self.mlp(self.post_attention_layernorm(x))


class Decoder(nn.Module):
    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(shape.vocabulary, shape.width)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = RMSNorm(shape.width, shape.norm_epsilon)

    def forward(self, ids: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        x = self.embed_tokens(ids)
        for layer in self.layers:
            x = layer(x, cos, sin)
        return self.norm(x)


class LanguageModel(nn.Module):
    def __init__(self, shape: ModelShape) -> None:
        super().__init__()
        self.shape = shape
        self.model = Decoder(shape)
        cos, sin = rope_tables(shape.context, shape)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        for name, parameter in self.named_parameters():
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                nn.init.zeros_(parameter)  # every layer begins as the identity
            elif parameter.ndim == 2:
                nn.init.normal_(parameter, std=0.02 if "embed" in name else parameter.shape[1] ** -0.5)

    def forward(self, ids: Tensor) -> Tensor:
        """Logits [batch, length, vocabulary] of ids [batch, length]; the output head is the embedding."""
        length = ids.shape[1]
        return F.linear(self.model(ids, self.cos[:length], self.sin[:length]), self.model.embed_tokens.weight)

    def loss(self, ids: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy in nats."""
        return F.cross_entropy(self(ids).float().flatten(0, 1), targets.flatten())
