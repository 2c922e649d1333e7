"""The Python client of the protocol, run through every tool."""
import asyncio
import json
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main(program, go):
    import os
    server = StdioServerParameters(command=program, args=["mcp", "--allow-write", "--allow-approve"], env=dict(os.environ))
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        used = set()

        async def call(name, **arguments):
            used.add(name)
            result = await session.call_tool(name, arguments)
            text = "\n".join(block.text for block in result.content)
            failed = getattr(result, "isError", None) or getattr(result, "is_error", None)
            return failed, text

        failed, text = await call("plan")
        assert not failed and len(json.loads(text)["tasks"]) == 3, text
        failed, text = await call("execute")
        assert failed and "budget_usd" in text, text
        failed, text = await call("execute", budget_usd=2)
        assert not failed, text
        run = json.loads(text.splitlines()[0])["run"]
        while json.loads((await call("status"))[1])["run"] != run:
            pass
        # The first task waits at a pipe; whoever opens it lets it go.
        failed, text = await call("say", task="first", text="mind the gap")
        assert not failed, text
        failed, text = await call("add", title="Another")
        assert failed and "started without an agent" in text, text
        await asyncio.to_thread(lambda: open(go, "w").close())
        for name, arguments, words in [("approve", {"what": ["Look"]}, "Look approved"),
                                       ("reject", {"what": ["No"], "message": "not now"}, "No rejected")]:
            failed, text = await call(name, **arguments)
            while failed:  # It is not asked yet.
                await asyncio.sleep(0.1)
                failed, text = await call(name, **arguments)
            assert words in text, text
        failed, text = await call("status", wait_seconds=60)
        assert not failed and json.loads(text)["run"] == run, text
        for name, arguments in [("task", {"task": "first"}), ("diff", {"task": "first"}), ("conflicts", {}),
                                ("findings", {}), ("report", {}), ("validate", {"what": ["first"]})]:
            failed, text = await call(name, **arguments)
            assert not failed, (name, text)
        failed, text = await call("retry", tasks=["nothing"])
        assert failed and "no task `nothing`" in text, text
        failed, text = await call("stop")
        assert not failed and "has already ended" in text, text
        failed, text = await call("resume")
        assert not failed, text
        assert used == set(tools), (sorted(used), sorted(tools))
        resources = (await session.list_resources()).resources
        assert any(str(one.uri).startswith("orca://plans/") for one in resources), resources
        print("began", run)


asyncio.run(asyncio.wait_for(main(*sys.argv[1:]), 120))
