import { z } from "zod";
import { limits } from "../core/limits.ts";
import { listProjects } from "../store/tables/projects.ts";
import { anyCaller } from "./authority.ts";
import { operation } from "./operation.ts";

/** The projects that hold tasks of the board, in the order of their names. */
export const list = operation({
  summary: "List the projects that hold tasks.",
  effect: "read",
  callers: ["human", "tab"],
  authority: anyCaller,
  input: () => z.object({ limit: z.number().int().min(1).max(limits.listed).default(50) }),
  output: () => z.array(z.string()),
  run: ({ store }, { limit }) => store.read((tx) => listProjects(tx, limit)),
});
