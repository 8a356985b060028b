from collections import Counter


def most_common_words(text: str, count: int) -> list[tuple[str, int]]:
    words = [word.strip(".,!?").lower() for word in text.split()]
    return Counter(words).most_common(count)


if __name__ == "__main__":
    print(most_common_words("The crane flew away. The crane lifted a car.", 3))
