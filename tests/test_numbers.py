"""Numbers of other libraries are sent as JSON numbers, with all their digits."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any, Dict

import pytest
from azure.core.credentials import AzureKeyCredential
from worlds import World, opened, wait

from azure.ai.inference._model_base import SdkJSONEncoder, encode_json
from azure.ai.inference._numbers import Digits
from azure.ai.inference.models import UserMessage
from azure.ai.inference.testing import FakeResponse


class Scalar:
    """A scalar such as NumPy's."""

    ndim = 0

    def __init__(self, value: Any) -> None:
        self.value = value

    def item(self) -> Any:
        return self.value


NUMBERS: Dict[str, Any] = {
    "a decimal": (Decimal("1.5"), "1.5"),
    "an equal float is sent as that": (Decimal("1.50"), "1.5"),
    "a whole decimal": (Decimal(2), "2.0"),
    "a decimal that floats have not": (Decimal("0.12345678901234567890123"), "0.12345678901234567890123"),
    "a decimal beyond floats": (Decimal("1e400"), "1E+400"),
    "a large whole decimal": (Decimal(2**70 + 1), str(2**70 + 1)),
    "a negative decimal": (Decimal("-0.1"), "-0.1"),
    "a scalar": (Scalar(0.25), "0.25"),
    "a whole scalar": (Scalar(3), "3"),
    "a truth value": (Scalar(True), "true"),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("says", NUMBERS)
async def test_request(world: World, says: str) -> None:
    """A number arrives as the same JSON number."""
    number, text = NUMBERS[says]
    transport = world.FakeTransport(lambda request: FakeResponse(body={"choices": [{}], "data": [{}]}))
    options = {"transport": transport, "model_extras": {"y": number}}
    async with opened(world.ChatCompletionsClient("https://h.example", AzureKeyCredential("k"), **options)) as client:
        await wait(
            client.complete(messages=[UserMessage("1")], temperature=number, model_extras={"x": [number, number]})
        )
        await wait(client.complete(messages=[UserMessage({"content": "1", "n": number})]))
        await wait(client.complete({"messages": [], "x": {"y": number}}))
        embeddings = world.EmbeddingsClient("https://h.example", AzureKeyCredential("k"), **options)
        await wait(embeddings.embed(input=["a"], dimensions=number))
    assert [request.content for request in transport.requests] == [
        f'{{"messages": [{{"role": "user", "content": "1"}}], "temperature": {text}, "x": [{text}, {text}]}}',
        f'{{"messages": [{{"role": "user", "content": "1", "n": {text}}}], "y": {text}}}',
        f'{{"messages": [], "x": {{"y": {text}}}}}',
        f'{{"input": ["a"], "dimensions": {text}, "y": {text}}}',
    ]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (Decimal("NaN"), ValueError),
        (Decimal("sNaN"), ValueError),
        (Decimal("-Infinity"), ValueError),
        (Scalar(float("nan")), ValueError),
        (Fraction(1, 2), TypeError),
        (1j, TypeError),
        (object(), TypeError),
    ],
)
def test_no_number_of_json(value: Any, kind: type) -> None:
    """A value without a JSON form raises an error."""
    with pytest.raises(kind):
        encode_json({"x": value})


def test_texts_stay_texts() -> None:
    """A text of the caller is never taken for the digits of a number."""
    exact = Decimal("0.12345678901234567890123")
    many = [exact + number for number in range(11)]
    texts = ["0", f"{'0' * 32}0", '"', str(exact)]
    assert json.loads(encode_json([*many, texts]), parse_float=Decimal) == [*many, texts]
    assert Digits().keep(exact) != Digits().keep(exact)


def test_public_encoder() -> None:
    """The public encoder encodes decimals."""
    assert json.dumps({"x": Decimal("1.50")}, cls=SdkJSONEncoder) == '{"x": 1.5}'
