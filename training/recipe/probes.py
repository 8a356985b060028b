"""The standard probes of what each head does, on random tokens, and the attention that all measurements use."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import LlamaForCausalLM

from .tokenizer import START_ID

SAMPLES = 10
SPAN = 50
SINK_SHARE = 0.3
"""A head rests on the first token when its later queries give it more than this on average (sail-sg/Attention-Sink)."""

Attention = Callable[[list[int]], Tensor]


@dataclass(frozen=True)
class HeadScores:
    """Each [layers, heads], definitions as in the extension's own measurement."""

    previous_token: Tensor
    induction: Tensor
    duplicate_token: Tensor
    first_token: Tensor


def attention_of(model: LlamaForCausalLM) -> Attention:
    """A function from ids to attention weights [layers, heads, n, n]."""

    @torch.no_grad()
    def attention(ids: list[int]) -> Tensor:
        out = model(torch.tensor([ids]), output_attentions=True, use_cache=False)
        return torch.cat(out.attentions)

    return attention


def repeated_random(vocabulary: int, span: int, generator: torch.Generator) -> list[int]:
    """The start token and one random span, twice."""
    ids = torch.randint(1, vocabulary, (span,), generator=generator).tolist()
    return [START_ID, *ids, *ids]


def head_scores(attention: Attention, vocabulary: int, seed: int) -> HeadScores:
    generator = torch.Generator().manual_seed(seed)
    samples = [scores_of(attention(repeated_random(vocabulary, SPAN, generator))) for _ in range(SAMPLES)]
    return HeadScores(*(torch.stack(measure).mean(0) for measure in zip(*samples, strict=True)))


def scores_of(weights: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Of weights [layers, heads, n, n] over a span of SPAN tokens that stands twice after the start token."""
    second = torch.arange(1 + SPAN, 1 + 2 * SPAN)
    previous = weights.diagonal(-1, -2, -1).mean(-1)
    induction = weights[..., second, second - (SPAN - 1)].mean(-1)
    duplicate = weights[..., second, second - SPAN].mean(-1)
    first = weights[..., 1:, 0].mean(-1)
    return previous, induction, duplicate, first


def sink_rate(scores: HeadScores) -> float:
    return float((scores.first_token > SINK_SHARE).float().mean())


def strongest(measure: Tensor, count: int) -> list[tuple[str, float]]:
    """Names such as L2H3 of the heads with the highest scores."""
    heads = measure.shape[1]
    values, places = measure.flatten().topk(count)
    return [
        (f"L{place // heads}H{place % heads}", round(value, 3))
        for value, place in zip(values.tolist(), places.tolist(), strict=True)
    ]
