import { stream } from "../stream.ts";
import { TabHello } from "./schemas.ts";

/** A tab is open as long as its bridge follows it. It is told its handle first, then each wake that it is to give. */
export const follow = stream({
  summary: "Open a tab, and follow what its bridge has to do for it.",
  callers: ["human"],
  input: TabHello,
  open: ({ tabs }, hello) => tabs.follow(hello),
});
