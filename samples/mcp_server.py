"""A small MCP server, for sample_mcp_tools_async.py: the prices of a bakery."""

from typing import Literal

from mcp.server import MCPServer

PRICES = {"bread": 3.2, "croissants": 1.8, "rolls": 0.6}

server = MCPServer("bakery")


@server.tool()
def look_up_price(product: Literal["bread", "croissants", "rolls"]) -> float:
    """Look up the price of one piece of a product, in euros."""
    return PRICES[product]


@server.tool()
def opening_hours(day: Literal["Saturday", "Sunday", "weekdays"]) -> str:
    """Look up the opening hours of the bakery."""
    return {"Saturday": "7 to 13", "Sunday": "closed", "weekdays": "6 to 18"}[day]


if __name__ == "__main__":
    server.run()
