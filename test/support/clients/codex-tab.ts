import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../until.ts";
import { openPane, type Pane } from "../terminal/pane.ts";
import type { OtherScript } from "./other-models.ts";
import { tabWorld, type TabWorld } from "./tab-world.ts";

/** `direct`: it calls tools by itself. `code`: by a program, as all of Codex' newest do. */
export const codexModels = { direct: "gpt-5.5", code: "gpt-6.1-sol" } as const;
type CodexModel = (typeof codexModels)[keyof typeof codexModels];

/** A project that cord init has prepared for Codex, whose settings and model are this test's. */
export function codexWorld(script: OtherScript, name: CodexModel = codexModels.code): Promise<TabWorld> {
  return tabWorld(script, ["--client", "codex"], ({ home, project }, { url }) => {
    mkdirSync(join(home, ".codex"));
    writeFileSync(join(home, ".codex/config.toml"), settings(url, project, name));
  });
}

/** The interactive Codex in a terminal, past its questions at the start: a person trusts the hooks of the project, or does not. */
export async function codexTab(
  world: TabWorld,
  {
    args = [],
    cwd = world.project,
    trusts = true,
  }: { args?: readonly string[]; cwd?: string; trusts?: boolean } = {},
): Promise<Pane> {
  const pane = await openPane(["codex", ...args], {
    cwd,
    env: { ...world.env, FAKE_KEY: "test-key" },
    width: 140,
    height: 50,
  });
  // the prompt shows for a moment before its question, so that only the files tell whether it asks
  if (existsSync(join(world.project, ".codex/hooks.json")) && !areTrusted(world)) {
    await pane.shows(review);
    if (trusts) await pressUntil(pane, "2", (screen) => screen.includes("› 2. Trust all"));
    await pressUntil(pane, trusts ? "Enter" : "Escape", (screen) => !screen.includes(review));
  }
  await pane.shows(ready);
  return pane;
}

/** It takes no keys for a moment after it has drawn a question; these do the same however often they are pressed. */
async function pressUntil(pane: Pane, key: string, holds: (screen: string) => boolean): Promise<void> {
  const isDone = async () => {
    await pane.press(key);
    await Bun.sleep(100);
    return holds(await pane.until(() => true));
  };
  await until(`the effect of ${key} in Codex`, isDone, { everyMs: 200 });
}

function areTrusted({ home }: TabWorld): boolean {
  return readFileSync(join(home, ".codex/config.toml"), "utf8").includes("[hooks.state");
}

const review = "Hooks need review";
/** stands in the prompt of an idle Codex */
export const ready = "Ask Codex to do anything";

/** A model of which Codex knows the tools, such as apply_patch; nothing is asked, and nothing goes out but to loopback. */
function settings(url: string, project: string, model: CodexModel): string {
  return `model_provider = "fake"
model = "${model}"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false
[model_providers.fake]
name = "fake"
base_url = "${url}/v1"
wire_api = "responses"
env_key = "FAKE_KEY"
[notice.model_migrations]
"gpt-5.5" = "gpt-6-sol"
[projects."${project}"]
trust_level = "trusted"
`;
}
