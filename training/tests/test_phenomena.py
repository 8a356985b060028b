import unittest
from random import Random

import torch
from tokenizers import Tokenizer

from recipe.examples import GENERATORS
from recipe.phenomena import (
    Query, best_positional, described, duplicate_query, induction_query, interval, measured, query_of, shuffled,
)  # fmt: skip
from recipe.tokenizer import START_ID, trained_tokenizer

COUNT = 100


def tokenizer() -> Tokenizer:
    random = Random(1)
    texts = [generate(random).text for generate in GENERATORS.values() for _ in range(200)]
    return trained_tokenizer(iter(texts), vocabulary=600)


def always(answer: dict[tuple[int, ...], int]):
    """Attention of one layer and two heads: the first knows the answers, the second looks at the token before."""

    def attention(ids: list[int]) -> torch.Tensor:
        weights = torch.zeros(1, 2, len(ids), len(ids))
        weights[0, 0, -1, answer.get(tuple(ids), 0)] = 1.0
        weights[0, 1, -1, len(ids) - 2] = 1.0
        return weights

    return attention


class Examples(unittest.TestCase):
    def test_answers_come_before_and_no_fixed_place_finds_them(self) -> None:
        words = tokenizer()
        for name, generate in GENERATORS.items():
            with self.subTest(name):
                random = Random(3)
                queries = [query_of(generate(random), words) for _ in range(COUNT)]
                self.assertTrue(all(0 < q.answers < q.asks for q in queries))
                self.assertLess(best_positional(queries), 0.6 * COUNT)

    def test_brackets_and_quotes_are_real_pairs(self) -> None:
        random = Random(4)
        for _ in range(COUNT):
            example = GENERATORS["bracket pairs"](random)
            inside = example.text[example.answers : example.asks + 1]
            self.assertEqual((inside[0], inside[-1], inside.count("(")), ("(", ")", inside.count(")")))
            quoted = GENERATORS["string quotes"](random)
            inside = quoted.text[quoted.answers : quoted.asks + 1]
            self.assertEqual((inside[0], inside.count(inside[0])), (inside[-1], 2))

    def test_induction_and_duplicates_are_what_they_say(self) -> None:
        random = Random(5)
        for _ in range(COUNT):
            query = induction_query(random, 500)
            self.assertEqual(query.ids[query.answers - 1], query.ids[-1])
            query = duplicate_query(random, 500)
            self.assertEqual(query.ids[query.answers], query.ids[-1])

    def test_previous_and_first_token_stand_where_they_say(self) -> None:
        random = Random(8)
        known = described(tokenizer())
        for _ in range(COUNT):
            previous, sink = known["previous token"].query(random), known["first-token sink"].query(random)
            self.assertEqual((previous.answers, previous.ids[0]), (previous.asks - 1, START_ID))
            self.assertEqual((sink.answers, sink.first, sink.ids[0]), (0, 0, START_ID))
            other = known["first-token sink"].control(sink, random)
            self.assertEqual(other.ids, sink.ids)
            self.assertIn(other.answers, range(1, sink.asks))

    def test_shuffling_moves_the_answer_along(self) -> None:
        query = Query([START_ID, 5, 6, 7, 8, 9], 2)
        mixed = shuffled(query, Random(6))
        self.assertEqual(sorted(mixed.ids), sorted(query.ids))
        self.assertEqual((mixed.ids[mixed.answers], mixed.ids[-1]), (6, 9))


class Measuring(unittest.TestCase):
    def test_interval_is_wilson_s(self) -> None:
        self.assertEqual(interval(8, 10), (0.49, 0.943))

    def test_finds_a_head_that_knows_and_no_head_that_only_looks_back(self) -> None:
        random = Random(7)
        queries = [induction_query(random, 500) for _ in range(2 * COUNT)]
        controls = [shuffled(q, random) for q in queries]
        knowing = measured(always({tuple(q.ids): q.answers for q in queries}), queries, controls)
        self.assertEqual((knowing["head"], knowing["found"], knowing["verdict"]), ("L0H0", 1.0, "present"))
        self.assertEqual(measured(always({}), queries, controls)["verdict"], "absent")

    def test_a_head_that_looks_back_finds_the_previous_token(self) -> None:
        random = Random(9)
        queries = [described(tokenizer())["previous token"].query(random) for _ in range(2 * COUNT)]
        controls = [shuffled(q, random) for q in queries]
        found = measured(always({}), queries, controls, fixed_place=True)
        self.assertEqual((found["head"], found["verdict"], found["positional"]), ("L0H1", "present", None))


if __name__ == "__main__":
    unittest.main()
