"""What a reader gave, or the error in words that it gave instead."""

from triptych.errors import TriptychError


def outcome(read, *given):
    try:
        return read(*given), None
    except TriptychError as error:
        return None, error
