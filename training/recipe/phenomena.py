"""Which phenomena are in a model: each on generated examples, against controls, with 95 % confidence intervals.

A head finds an answer when the asking token gives the answering token more attention than any other earlier token (the
start token, on which heads rest, is left aside where it is not the answer). The head is chosen on one half of the
examples and measured on the other. Controls: the same head on the same examples with their earlier tokens shuffled (for
duplicates: with the earlier copy replaced), and the best that looking at one fixed offset or one fixed position could
do. The previous token and the first are fixed places by definition, so these two have the first control only.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from random import Random

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import LlamaForCausalLM

from .examples import GENERATORS, Example
from .probes import Attention, attention_of, head_scores, sink_rate, strongest
from .tokenizer import START_ID

EXAMPLES = 200
SEED = 6
PRESENT, WEAK = 0.8, 0.5


@dataclass(frozen=True)
class Query:
    """The attention from position `asks`, the last one, is expected at position `answers`, of those from `first` on."""

    ids: list[int]
    answers: int
    first: int = 1

    @property
    def asks(self) -> int:
        return len(self.ids) - 1


def token_at(ids: Sequence[int], tokenizer: Tokenizer, character: int) -> int:
    """Position of the token that holds a character of an ASCII text: each character is one byte-level symbol."""
    end = 0
    for position, token in enumerate(ids):
        end += 0 if token == START_ID else len(tokenizer.id_to_token(token))
        if character < end:
            return position
    raise ValueError(f"character {character} is outside the text")


def query_of(example: Example, tokenizer: Tokenizer) -> Query:
    ids = tokenizer.encode(example.text).ids
    asks = token_at(ids, tokenizer, example.asks)
    return Query(ids[: asks + 1], token_at(ids, tokenizer, example.answers))


def induction_query(random: Random, vocabulary: int) -> Query:
    prefix = random.sample(range(1, vocabulary), random.randint(0, 30))
    span = random.sample(range(1, vocabulary), random.randint(10, 60))
    again = random.randint(5, len(span) - 1)
    return Query([START_ID, *prefix, *span, *span[:again]], 1 + len(prefix) + again)


def duplicate_query(random: Random, vocabulary: int) -> Query:
    ids = random.sample(range(1, vocabulary), random.randint(10, 80))
    place = random.randrange(len(ids) - 1)
    return Query([START_ID, *ids, ids[place]], 1 + place)


def previous_query(random: Random, tokenizer: Tokenizer) -> Query:
    ids = natural_ids(random, tokenizer)
    return Query(ids, len(ids) - 2)


def sink_query(random: Random, tokenizer: Tokenizer) -> Query:
    return Query(natural_ids(random, tokenizer), 0, first=0)


def natural_ids(random: Random, tokenizer: Tokenizer) -> list[int]:
    """The start token and a beginning of one of the generated texts."""
    ids = tokenizer.encode(random.choice([*GENERATORS.values()])(random).text).ids
    return ids[: random.randint(10, len(ids))]


def shuffled(query: Query, random: Random) -> Query:
    """The earlier tokens from `first` on in random order; the answer is where the answering token went."""
    kept, moved = range(query.first), range(query.first, query.asks)
    order = [*kept, *random.sample(moved, len(moved))]
    return Query([*(query.ids[place] for place in order), query.ids[-1]], order.index(query.answers), query.first)


def elsewhere(query: Query, random: Random) -> Query:
    """Another earlier token as the answer."""
    return Query(query.ids, random.randrange(1, query.asks), query.first)


def without_copy(query: Query, random: Random, vocabulary: int) -> Query:
    ids = [*query.ids]
    ids[query.answers] = random.randrange(1, vocabulary)
    return Query(ids, query.answers)


def hits(attention: Attention, queries: Sequence[Query]) -> Tensor:
    """Which heads found which answers: bool [queries, layers, heads]."""
    return torch.stack(
        [attention(q.ids)[..., q.asks, q.first : q.asks].argmax(-1) + q.first == q.answers for q in queries]
    )


def interval(found: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    z, share = 1.96, found / of
    centre = share + z * z / (2 * of)
    spread = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    low, high = ((centre + sign * spread) / (1 + z * z / of) for sign in (-1, 1))
    return max(0.0, round(low, 3)), min(1.0, round(high, 3))


def best_positional(queries: Sequence[Query]) -> int:
    """How many answers the luckiest fixed offset or fixed position would find."""
    offsets = Counter(q.asks - q.answers for q in queries)
    positions = Counter(q.answers for q in queries)
    return max(offsets.most_common(1)[0][1], positions.most_common(1)[0][1])


def measured(
    attention: Attention, queries: Sequence[Query], controls: Sequence[Query], *, fixed_place: bool = False
) -> dict[str, object]:
    """The best head of the first half of the queries, measured on the second."""
    half = len(queries) // 2
    chosen = hits(attention, queries[:half]).sum(0)
    layer, head = divmod(int(chosen.flatten().argmax()), chosen.shape[1])
    found = int(hits(attention, queries[half:])[:, layer, head].sum())
    control = int(hits(attention, controls[half:])[:, layer, head].sum())
    positional = None if fixed_place else best_positional(queries[half:])
    of = len(queries) - half
    low, high = interval(found, of)
    against = max(interval(count, of)[1] for count in (control, positional) if count is not None)
    return {
        "head": f"L{layer}H{head}",
        "examples": of,
        "found": found / of,
        "interval": (low, high),
        "control": control / of,
        "control_interval": interval(control, of),
        "positional": None if positional is None else positional / of,
        "verdict": "absent" if low <= against else "present" if low >= PRESENT else "weak" if low >= WEAK else "traces",
    }


@dataclass(frozen=True)
class Phenomenon:
    query: Callable[[Random], Query]
    control: Callable[[Query, Random], Query] = shuffled
    fixed_place: bool = False
    """Whether a place answers by definition: then how well a place answers is no control."""


def described(tokenizer: Tokenizer) -> dict[str, Phenomenon]:
    vocabulary = tokenizer.get_vocab_size()
    return {
        "previous token": Phenomenon(lambda random: previous_query(random, tokenizer), fixed_place=True),
        "first-token sink": Phenomenon(lambda random: sink_query(random, tokenizer), elsewhere, fixed_place=True),
        "induction": Phenomenon(lambda random: induction_query(random, vocabulary)),
        "duplicate token": Phenomenon(
            lambda random: duplicate_query(random, vocabulary),
            lambda query, random: without_copy(query, random, vocabulary),
        ),
        **{
            name: Phenomenon(lambda random, generate=generate: query_of(generate(random), tokenizer))
            for name, generate in GENERATORS.items()
        },
    }


def phenomena(attention: Attention, tokenizer: Tokenizer, count: int) -> dict[str, dict[str, object]]:
    """Each on `count` examples, after its head was chosen on as many others."""
    random = Random(SEED)
    results = {}
    for name, phenomenon in described(tokenizer).items():
        queries = [phenomenon.query(random) for _ in range(2 * count)]
        controls = [phenomenon.control(query, random) for query in queries]
        results[name] = measured(attention, queries, controls, fixed_place=phenomenon.fixed_place)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder in Hugging Face layout")
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="measured, and as many to choose the head by")
    parser.add_argument("--out", type=Path, required=True, help="JSON file for the figures")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    model = LlamaForCausalLM.from_pretrained(arguments.model, attn_implementation="eager").eval()
    tokenizer = Tokenizer.from_file(str(arguments.model / "tokenizer.json"))
    attention = attention_of(model)
    scores = head_scores(attention, model.config.vocab_size, SEED)
    result = {
        "probes": {
            "previous token": strongest(scores.previous_token, 5),
            "induction": strongest(scores.induction, 8),
            "duplicate token": strongest(scores.duplicate_token, 5),
            "first token": strongest(scores.first_token, 5),
            "sink rate": sink_rate(scores),
        },
        "phenomena": phenomena(attention, tokenizer, arguments.examples),
    }
    arguments.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    print(json.dumps(result["probes"]))
    for name, entry in result["phenomena"].items():
        print(name, entry)


if __name__ == "__main__":
    main()
