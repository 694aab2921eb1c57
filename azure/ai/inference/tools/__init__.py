"""Tools from Python functions, and the results of tool runs, which the clients' ``run_tools`` makes."""

from azure.ai.inference.tools._functions import FunctionTool, tool
from azure.ai.inference.tools._run import (
    Approve,
    AsyncApprove,
    OnToolError,
    ToolCall,
    ToolContext,
    ToolLike,
    ToolResult,
    ToolRun,
)
from azure.ai.inference.tools._shell import StreamingToolRun

__all__ = [
    "Approve",
    "AsyncApprove",
    "FunctionTool",
    "OnToolError",
    "StreamingToolRun",
    "ToolCall",
    "ToolContext",
    "ToolLike",
    "ToolResult",
    "ToolRun",
    "tool",
]
