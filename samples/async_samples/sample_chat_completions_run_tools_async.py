"""Let a model call functions of this program, some of them coroutines, and approve each sale."""

import asyncio
from dataclasses import dataclass, field
from typing import Dict, Union

from endpoints import prepare_environment
from typing_extensions import Literal

from azure.ai.inference.aio import ChatCompletionsClient
from azure.ai.inference.exceptions import ToolError
from azure.ai.inference.models import UserMessage
from azure.ai.inference.tools import ToolContext

Fruit = Literal["apples", "pears", "plums"]


@dataclass
class Shop:
    stock: Dict[str, int] = field(default_factory=lambda: {"apples": 40, "pears": 12, "plums": 0})


async def look_up_stock(context: ToolContext[Shop], fruit: Fruit) -> str:
    """Look up how much of a fruit the shop has."""
    await asyncio.sleep(0.01)  # as a database would take
    return f"{context.state.stock[fruit]} kg of {fruit}"


def sell(context: ToolContext[Shop], fruit: Fruit, kilograms: int = 1) -> Dict[str, int]:
    """Sell some kilograms of a fruit.

    Args:
        fruit: The fruit.
        kilograms: The weight to sell.
    """
    stock = context.state.stock
    if kilograms > stock[fruit]:
        raise ToolError(f"There are only {stock[fruit]} kg of {fruit}.")
    stock[fruit] -= kilograms
    return {"sold": kilograms, "left": stock[fruit]}


async def approve(context: ToolContext[Shop]) -> Union[bool, str]:
    if context.call.arguments.get("kilograms", 1) > 20:
        return "Sales of more than 20 kg need a manager."
    return True


async def main() -> None:
    shop = Shop()
    prepare_environment("AZURE_AI_CHAT")

    async with ChatCompletionsClient.from_environment() as client:
        for question in (
            "How much stock do you have of pears?",
            "Please sell me 5 kilograms of pears.",
            "Please sell me 9 kilograms of pears.",
            "Please sell me 30 kilograms of apples.",
        ):
            print(f"\n{question}")
            run = await client.run_tools(
                messages=[UserMessage(question)], tools=[look_up_stock, sell], state=shop, approve=approve
            )
            for result in run.results:
                print(f"  {result.call.name}{dict(result.call.arguments)} -> {result.content}")
            print(f"  {run.text}")

    print(f"\nIn stock: {shop.stock}")


asyncio.run(main())
