"""Booleans and options: what a text says about a property."""

from __future__ import annotations

import re
from typing import Any, List, Optional, Sequence

from azure.ai.inference.testing.toy_model.mentions import Mentions
from azure.ai.inference.testing.toy_model.vocabulary import NEGATIONS, NEGATIVE, POSITIVE, SYNONYMS, stem

_WORD = re.compile(r"[^\W\d_][\w'’]*")
_EMPTY_WORDS = frozenset("is has have was are be should can would will does did".split())
_REACH_OF_NEGATION = 3


def says(words: Sequence[str], mentions: Mentions) -> Optional[bool]:
    """Return whether a text says that a property is true, or None if no part of the text is about it."""
    stems = {stem(word) for word in words if word not in _EMPTY_WORDS}
    related = stems.union(*(map(stem, SYNONYMS.get(one, ())) for one in stems))
    said = [word.lower().replace("’", "'") for word in _WORD.findall(mentions.words)]
    for place, word in enumerate(said):
        if stem(word) in related:
            return NEGATIONS.isdisjoint(said[max(place - _REACH_OF_NEGATION, 0) : place])
    elsewhere = any(stem(word) in related for word in _WORD.findall(mentions.text))
    return False if elsewhere else None


def choose_option(options: Sequence[Any], mentions: Mentions) -> Optional[Any]:
    """Return the option that a text mentions, in any form of the word, or that it is in favor of."""
    mentioned = mentions.choose(options)
    if mentioned is not None:
        return mentioned
    said = [word.lower() for word in _WORD.findall(mentions.words)]
    by_stem = {stem(option): option for option in options if isinstance(option, str)}
    found = next((by_stem[stem(word)] for word in said if stem(word) in by_stem), None)
    return _choose_mood(options, said) if found is None else found


def _choose_mood(options: Sequence[Any], said: List[str]) -> Optional[Any]:
    by_name = {option.lower(): option for option in options if isinstance(option, str)}
    if not said or not {"positive", "negative"} <= set(by_name):
        return None
    mood = sum(word in POSITIVE for word in said) - sum(word in NEGATIVE for word in said)
    return by_name.get("positive" if mood > 0 else "negative" if mood < 0 else "neutral")
