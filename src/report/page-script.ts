/**
 * The page's own program: it opens what a link leads to, finds nodes, and draws transcripts from the page's data when they
 * are unfolded. All that is of agents goes in as text, never as markup. Without it all but the transcripts can be read.
 */
export const pageScript = `
"use strict";
(() => {
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const nodes = all("details.node");
  let data = null;
  const report = () => (data ??= JSON.parse(document.getElementById("report").textContent));

  for (const time of all("time")) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) time.textContent = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
  }

  function openTarget() {
    const id = location.hash.slice(1);
    const target = id === "" ? null : document.getElementById(id);
    if (target === null) return;
    for (let at = target; at !== null; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
      if (at.hidden) at.hidden = false;
    }
    target.scrollIntoView();
  }
  addEventListener("hashchange", openTarget);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='#']");
    if (link && link.hash === location.hash) openTarget();
  });

  const tools = document.querySelector(".tools");
  tools.hidden = false;
  const find = document.getElementById("find");
  const onlyLost = document.getElementById("only-lost");
  const found = document.getElementById("found");
  const texts = new Map();
  const textOf = (node) => {
    if (!texts.has(node)) texts.set(node, node.textContent.toLowerCase());
    return texts.get(node);
  };
  function filter() {
    const words = find.value.toLowerCase().split(/\\s+/).filter((word) => word !== "");
    let shown = 0;
    for (const node of nodes) {
      const isLost = ["failed", "cancelled"].includes(node.dataset.status);
      node.hidden = (onlyLost.checked && !isLost) || !words.every((word) => textOf(node).includes(word));
      if (!node.hidden) shown += 1;
    }
    found.textContent = words.length > 0 || onlyLost.checked ? shown + " of " + nodes.length : "";
  }
  find.addEventListener("input", filter);
  onlyLost.addEventListener("change", filter);
  const fold = (isOpen) => () => {
    for (const node of nodes) if (!node.hidden) node.open = isOpen;
  };
  document.getElementById("unfold").addEventListener("click", fold(true));
  document.getElementById("fold").addEventListener("click", fold(false));

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }
  const count = (number) => (number < 1000 ? String(number) : (number / 1000).toFixed(1).replace(/[.]0$/, "") + "k");
  function costOf({ usd, input_tokens, cached_tokens, output_tokens }) {
    const price = usd === null ? "" : "~$" + usd.toFixed(usd < 0.1 ? 4 : 2) + "  ";
    return price + count(input_tokens) + " in" + (cached_tokens > 0 ? " (" + count(cached_tokens) + " cached)" : "") + ", " + count(output_tokens) + " out";
  }
  const draw = {
    started: ({ model, session }) => element("li", "meta", "started " + (model ?? "") + " · session " + (session ?? "unknown")),
    said: ({ text }) => element("li", "said", text),
    used({ id, tool, detail }, calls) {
      const made = element("li", "tool");
      made.append(element("b", "", tool), " " + detail);
      if (id !== null) calls.set(id, made);
      return made;
    },
    returned({ id, tool, failed, text, length }, calls) {
      const cut = text.length < length ? "… (" + length + " characters)" : "";
      const outcome = element("span", failed ? "outcome failed" : "outcome", (failed ? "✗ " : "✓ ") + text.trimEnd() + cut);
      const call = calls.get(id) ?? element("li", "tool", tool);
      call.append(outcome);
      return calls.has(id) ? null : call;
    },
    message: (entry) => element("li", "meta", costOf(entry)),
    retrying: ({ attempt, status, message }) => element("li", "meta failed", "retry " + attempt + ": " + (status ?? "") + " " + message),
    limited: ({ reason, until }) => element("li", "meta", "limit: " + reason + (until === null ? "" : ", until " + until)),
    ended({ reason, text, usd, estimated, counted, turns }) {
      const cost = counted === false ? "–" : (estimated ? "~$" : "$") + usd.toFixed(2);
      const why = text === null ? "" : "\\n" + text;
      return element("li", "meta", "ended: " + reason + " · " + cost + " · " + turns + (turns === 1 ? " turn" : " turns") + " so far" + why);
    },
  };
  document.addEventListener("toggle", ({ target }) => {
    const key = target.dataset?.transcript;
    if (key === undefined || !target.open || target.querySelector(".steps") !== null) return;
    const found = report().transcripts.find(({ number, attempt }) => number + "-" + attempt === key);
    const list = element("ol", "steps");
    const calls = new Map();
    const add = (entry) => {
      const made = draw[entry.type]?.(entry, calls);
      if (made) list.append(made);
    };
    found.first.forEach(add);
    if (found.left_out > 0) list.append(element("li", "meta", "… " + found.left_out + " entries left out …"));
    found.last.forEach(add);
    target.append(list);
  }, true);

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = all("details").filter((one) => !one.open && one.dataset.transcript === undefined);
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of opened) one.open = false;
    opened = [];
  });

  openTarget();
})();
`;
