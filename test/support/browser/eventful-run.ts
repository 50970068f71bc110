import { call, say, type Script, type Turn } from "../claude/model.ts";
import type { Reply, Usage } from "../claude/reply.ts";
import { roles, runWorld, type World } from "../machine/run-world.ts";

/** Text that would take over a page, or a terminal, if it got anywhere as more than text. */
export const hostile = `</script><script>document.title = "taken"</script><img src=x onerror="document.title = 'taken'">`;

const report = `# Three banks compared

The **cheapest** is Alpha; the widest reach has Gamma.

| bank | price | reach |
|---|--:|---|
| Alpha | 0.4 % | Europe |
| Gamma | 0.9 % | the world |

- see [the source](https://example.org/banks)
- and not [this](javascript:document.title='taken') nor ${hostile}

> Beta could not be looked at.

\`\`\`sh
bun test | tail -1
\`\`\`
`;

/** A reply that costs something. */
function dear(reply: Reply, usage: Partial<Usage> = {}): Reply {
  return {
    ...reply,
    usage: { input_tokens: 12_000, cache_read_input_tokens: 30_000, output_tokens: 900, ...usage },
  };
}

const asks: Script = ({ stepSincePrompt, lastResults }: Turn) => {
  if (stepSincePrompt === 0)
    return dear(call("ask", { question: "Which currency?", options: ["EUR", "USD"], wait_seconds: 600 }));
  if (stepSincePrompt === 1)
    return dear(call("complete", { result: `In ${String(lastResults[0]?.text).slice(0, 80)}` }));
  return say("Done.");
};

/** Hands in, is refused by its check, makes that pass, and hands in again. */
function checked(): Script {
  const replies: Reply[] = [
    dear(call("Bash", { command: "echo 'price: 0.4 %'; seq 1 200" })),
    dear(call("complete", { result: "A draft." })),
    say("Done."),
    dear(call("Bash", { command: "touch passed; cat nowhere" })),
    dear(call("complete", { result: "Prices, *checked*." })),
  ];
  return () => replies.shift() ?? say("Done.");
}

/** A run with most of what can happen in one: needs, a check that refuses, a question, a node that fails, and costs. */
export async function eventfulWorld(): Promise<World> {
  const world = await runWorld(
    roles({
      "#1": [
        dear(
          call("create", {
            goal: "Look at the prices",
            prompt: "Look at all prices.",
            check: "test -e passed || { echo 'no file passed'; exit 1; }",
          }),
        ),
        dear(call("create", { goal: "Look at the reach" })),
        dear(call("create", { goal: `Look at Beta ${hostile}` })),
        dear(call("create", { goal: "Compare", needs: ["#2", "#3"] })),
        dear(call("complete", { result: "Planned: prices and reach, then a comparison." })),
      ],
      "#2": checked(),
      "#3": asks,
      "#4": [{ error: { status: 400, message: `Broken ${hostile}` } }],
      "#5": [dear(say("I compare them.")), dear(call("complete", { result: report }))],
      "#1 synthesis": [dear(call("complete", { result: report }), { output_tokens: 4000 })],
    }),
  );
  return world;
}
