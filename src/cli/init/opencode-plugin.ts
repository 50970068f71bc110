/**
 * opencode's plugin, word for word as it stands in a project. It decides nothing: it hands what happens to `cord hook opencode-follow`
 * and does what that says, so it stays the same whatever cord learns. The lines between the two are in src/cli/hook/opencode-lines.ts.
 */
export const opencodePlugin = `// Written by "cord init --hooks opencode", for agents that share a board; "cord init --remove" takes it out again.
// It only carries lines between opencode and "cord hook opencode-follow". Without cord it does nothing.
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"

const answerMs = 200
const againMs = 5000

export const Cord = async ({ client, directory }) => {
  const asked = new Map()
  let child = null
  let count = 0

  function start() {
    const begun = spawn("cord", ["hook", "opencode-follow"], { cwd: directory, stdio: ["pipe", "pipe", "ignore"] })
    begun.on("spawn", () => (child = begun))
    begun.on("error", () => (child = null))
    begun.on("exit", () => {
      child = null
      setTimeout(start, againMs).unref?.()
    })
    begun.stdin.on("error", () => {})
    createInterface({ input: begun.stdout }).on("line", hear)
    begun.unref?.()
  }

  function tell(said) {
    try {
      child?.stdin.write(JSON.stringify(said) + "\\n")
    } catch {}
  }

  function ask(at, facts) {
    if (child === null) return Promise.resolve({})
    const { promise, resolve } = Promise.withResolvers()
    const id = ++count
    const timer = setTimeout(resolve, answerMs, {})
    asked.set(id, resolve)
    tell({ ask: id, at, ...facts })
    return promise.finally(() => {
      clearTimeout(timer)
      asked.delete(id)
    })
  }

  function hear(line) {
    try {
      const said = JSON.parse(line)
      if (typeof said.answer === "number") asked.get(said.answer)?.(said)
      else if (typeof said.wake === "number") void wake(said)
    } catch {}
  }

  async function wake({ wake, session, text }) {
    try {
      const body = { parts: [{ type: "text", text }] }
      const { error } = await client.session.promptAsync({ path: { id: session }, body })
      tell({ woken: wake, trouble: error === undefined ? null : JSON.stringify(error) })
    } catch (error) {
      tell({ woken: wake, trouble: String(error) })
    }
  }

  start()
  return {
    async event({ event }) {
      if (/^(session\\.(created|status|deleted)|permission\\.|question\\.)/.test(event.type))
        tell({ event: event.type, properties: event.properties })
    },
    async "chat.message"({ sessionID }, { message, parts }) {
      const { context } = await ask("prompt", { session: sessionID })
      const id = "prt_" + Date.now().toString(36) + "cord"
      if (context) parts.push({ id, sessionID, messageID: message.id, type: "text", text: context, synthetic: true })
    },
    async "tool.execute.before"({ tool, sessionID }, { args }) {
      const { deny } = await ask("edit", { session: sessionID, tool, args: shortened(args) })
      if (deny) throw new Error(deny)
    },
    async "tool.execute.after"({ tool, sessionID }, output) {
      const { context } = await ask("tool", { session: sessionID, tool })
      if (context && typeof output?.output === "string") output.output += "\\n" + context
    },
  }
}

/** Of long texts only the lines that name a patch's files. */
function shortened(args) {
  const names = (text) => text.split("\\n").filter((line) => line.startsWith("*** ")).join("\\n").slice(0, 100000)
  const entries = Object.entries(args ?? {}).filter(([, value]) => typeof value === "string")
  return Object.fromEntries(entries.map(([key, value]) => [key, value.length > 10000 ? names(value) : value]))
}
`;
