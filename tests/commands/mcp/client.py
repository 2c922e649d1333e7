"""The Python client of the protocol, run through every reading tool and a start."""
import asyncio
import json
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main(program):
    import os
    server = StdioServerParameters(command=program, args=["mcp", "--allow-write"], env=dict(os.environ))
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        assert {"plan", "status", "execute", "stop"} <= set(tools), sorted(tools)
        assert "approve" not in tools

        async def call(name, **arguments):
            result = await session.call_tool(name, arguments)
            text = "\n".join(block.text for block in result.content)
            failed = getattr(result, "isError", None) or getattr(result, "is_error", None)
            return failed, text

        failed, text = await call("plan")
        assert not failed and len(json.loads(text)["tasks"]) == 2, text
        failed, text = await call("execute")
        assert failed and "budget_usd" in text, text
        failed, text = await call("execute", budget_usd=2)
        assert not failed, text
        run = json.loads(text.splitlines()[0])["run"]
        failed, text = await call("status", wait_seconds=60)
        assert not failed and json.loads(text)["run"] == run, text
        for name, arguments in [("task", {"task": "first"}), ("diff", {"task": "first"}), ("conflicts", {}),
                                ("findings", {}), ("report", {}), ("validate", {"what": ["first"]})]:
            failed, text = await call(name, **arguments)
            assert not failed, (name, text)
        resources = (await session.list_resources()).resources
        assert any(str(one.uri).startswith("orca://plans/") for one in resources), resources
        print("began", run)


asyncio.run(main(sys.argv[1]))
