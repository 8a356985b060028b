"""Generated examples of the phenomena: a text, the token that asks, and the earlier token that answers.

Distances and distractors vary, so that no fixed offset and no fixed position finds the answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

NAMES = tuple("total count index result value items line name path key data size left text".split())
CALLS = ("parse", "load", "find", "print", "update", "check", "read", "merge", "send", "build")
WORDS = ("red", "small", "open", "file", "house", "table", "water", "green", "morning", "letter", "window", "garden")
FEMALE = ("girl", "woman", "mother", "queen", "lady", "sister", "daughter")
MALE = ("boy", "man", "father", "king", "gentleman", "brother", "son")
PLACES = ("in the garden", "near the old house", "after a long walk", "at the door", "by the river", "in the morning")
DEEDS = ("laughed", "was very tired", "wanted to go home", "had lost the letter", "smiled again", "could not speak")


@dataclass(frozen=True)
class Example:
    text: str
    asks: int
    """Character where the asking token begins."""
    answers: int
    """Character where the answering token begins, before `asks`."""


def bracket_pairs(random: Random) -> Example:
    """A closing bracket asks for its opener; nearer openers are closed already, earlier ones are not."""
    lines = "".join(call_line(random) for _ in range(random.randint(0, 3)))
    outer = "".join(f"{random.choice(CALLS)}({random.choice(NAMES)}, " for _ in range(random.randint(0, 2)))
    before = f"{lines}{random.choice(NAMES)} = {outer}{random.choice(CALLS)}"
    text = bracketed(random, random.randint(2, 3))
    return Example(before + text, len(before) + len(text) - 1, len(before))


def call_line(random: Random) -> str:
    return f"{random.choice(NAMES)} = {random.choice(CALLS)}({random.choice(NAMES)})\n"


def bracketed(random: Random, depth: int) -> str:
    """A list in brackets with shorter ones of the same kind inside; a name comes last, so that no two brackets meet."""
    inner = [random.choice(NAMES) for _ in range(random.randint(1, 3))]
    if depth > 1:
        for _ in range(random.randint(1, 2)):
            inner.insert(random.randrange(len(inner)), random.choice(CALLS) + bracketed(random, depth - 1))
    return f"({', '.join(inner)})"


def string_quotes(random: Random) -> Example:
    """A closing quote asks for its opening quote; strings of the same kind stand before."""
    quote = random.choice("'\"")
    before = "".join(
        f"{random.choice(CALLS)}({quote}{random.choice(WORDS)}{quote})\n" for _ in range(random.randint(1, 3))
    )
    before += f"{random.choice(NAMES)} = {quote}"
    inside = " ".join(random.choice(WORDS) for _ in range(random.randint(2, 6)))
    return Example(before + inside + quote, len(before) + len(inside), len(before) - 1)


def indentation(random: Random) -> Example:
    """White space that returns to the outer block asks for the last line indented alike."""
    condition = f"def {random.choice(CALLS)}({random.choice(NAMES)}):\n"
    outer = "".join(f"    {random.choice(NAMES)} = {random.choice(CALLS)}()\n" for _ in range(random.randint(0, 2)))
    block = f"    if {random.choice(NAMES)}:\n"
    inner = "".join(f"        {random.choice(CALLS)}({random.choice(NAMES)})\n" for _ in range(random.randint(1, 4)))
    before = condition + outer
    text = before + block + inner
    return Example(f"{text}    return {random.choice(NAMES)}\n", len(text), len(before))


def variable_use(random: Random) -> Example:
    """A variable asks for its assignment; other variables are assigned around it."""
    names = random.sample(NAMES, random.randint(3, 5))
    lines = [f"    {name} = {random.choice(CALLS)}()\n" for name in names]
    chosen = random.randrange(len(names))
    head = f"def {random.choice(CALLS)}_all():\n"
    answers = len(head) + sum(map(len, lines[:chosen])) + 4
    text = head + "".join(lines) + "    return "
    return Example(text + names[chosen], len(text), answers)


def pronoun(random: Random) -> Example:
    """A pronoun asks for the noun of its gender; the other noun stands before or after it."""
    woman, man = random.choice(FEMALE), random.choice(MALE)
    first, second = random.sample((woman, man), 2)
    text = f"The {first} and the {second} met {random.choice(PLACES)}. Then "
    pronoun_text, noun = random.choice((("she", woman), ("he", man)))
    return Example(f"{text}{pronoun_text} {random.choice(DEEDS)}.", len(text), text.index(f" {noun}") + 1)


GENERATORS: dict[str, Callable[[Random], Example]] = {
    "bracket pairs": bracket_pairs,
    "string quotes": string_quotes,
    "indentation": indentation,
    "variable use → definition": variable_use,
    "pronoun → noun": pronoun,
}
