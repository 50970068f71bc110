import type { Brief } from "../../../src/core/brief.ts";
import type { RunOptions } from "../../../src/core/run.ts";
import { briefOf } from "../../../src/store/brief.ts";
import { getNode } from "../../../src/store/tables/nodes.ts";
import { getRun } from "../../../src/store/tables/runs.ts";
import type { TaskRow } from "../../../src/store/tables/task-row.ts";
import { openRig, textField, type Rig } from "./rig.ts";

/** A run of a rig's, by the numbers of its nodes, with one engine. */
export class OneRun {
  readonly rig: Rig;
  readonly id: string;

  private constructor(rig: Rig, id: string) {
    this.rig = rig;
    this.id = id;
  }

  static async start(options: Partial<RunOptions> = {}, rig = openRig()): Promise<OneRun> {
    return new OneRun(rig, await rig.startRun({ jobs: 50, ...options }));
  }

  /** Claims all that is ready, and names it. */
  async claim(): Promise<string[]> {
    const asked = { run_id: this.id, engine: "engine:1", limit: 50 };
    const claimed = await this.rig.call("nodes/claim", asked);
    const nodes: unknown =
      typeof claimed === "object" && claimed !== null && "nodes" in claimed && claimed.nodes;
    return Array.isArray(nodes) ? nodes.map((node: unknown) => textField(node, "node_id")) : [];
  }

  /** Creates a child under a node, as a person does, and says its number. */
  async create(parent: number, input: object = {}): Promise<number> {
    const created = await this.rig.call("nodes/create", { goal: "child", ...this.#node(parent), ...input });
    return Number(textField(created, "created").slice(1));
  }

  /** The same, as its agent does. */
  async createAs(parent: number, input: object = {}): Promise<number> {
    const caller = await this.rig.asNode(this.id, parent);
    const created = await this.rig.call("nodes/create", { goal: "child", ...input }, caller);
    return Number(textField(created, "created").slice(1));
  }

  async complete(number: number, result: unknown = `result ${number}`): Promise<void> {
    await this.rig.call("nodes/complete", { result }, await this.rig.asNode(this.id, number));
  }

  /** For good, whatever its retries. */
  async fail(number: number, reason = "it broke"): Promise<void> {
    const { epoch } = await this.node(number);
    await this.rig.call("nodes/fail", { ...this.#node(number), epoch, reason, final: true });
  }

  async do(what: "stop" | "pause" | "resume" | "retry", number: number): Promise<void> {
    await this.rig.call(`nodes/${what}`, this.#node(number));
  }

  node(number: number): Promise<TaskRow> {
    return this.rig.node(this.id, number);
  }

  async states(): Promise<Record<string, string>> {
    const rows = (await this.rig.rows()).filter(({ run_id }) => run_id === this.id);
    return Object.fromEntries(rows.map(({ number, state }) => [`#${number}`, state]));
  }

  async resultOf(number: number): Promise<unknown> {
    const { result } = await this.node(number);
    return result === null ? null : JSON.parse(result);
  }

  brief(number: number): Promise<Brief> {
    return this.rig.store.read(async (tx) =>
      briefOf(tx, await getRun(tx, this.id), await getNode(tx, this.id, number), null),
    );
  }

  #node(number: number) {
    return { run_id: this.id, node_id: `#${number}` };
  }
}
