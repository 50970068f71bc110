/** How a report looks: light and dark as the reader's system is, on a telephone and on paper. */
export const pageStyle = `
:root {
  --paper: #ffffff; --raised: #f6f7f9; --ink: #1b1f24; --soft: #59636e; --line: #d9dee4; --link: #0a58ca;
  --green: #1a7f37; --red: #c62828; --amber: #8a5a00; --blue: #0b62c4; --violet: #7446c4; --gray: #6b7580;
  --work: #4c8ff0; --synthesis: #9a74e0; --lost: #d9584f; --ask: #d8a010; --critical: #d4480b; --parked: #d8a01030;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --raised: #1d2126; --ink: #e4e8ec; --soft: #98a2ad; --line: #333a42; --link: #79b0ff;
    --green: #57c271; --red: #ff7d73; --amber: #e3b04b; --blue: #79b0ff; --violet: #bb9bf5; --gray: #98a2ad;
    --work: #3f7fdc; --synthesis: #8a66d0; --lost: #c9534b; --ask: #c39a2e; --critical: #ff9057; --parked: #e3b04b30;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 3.2rem; -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem 1.5rem 4rem; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: 2px; }
h1 { font-size: 1.55rem; line-height: 1.25; margin: .2rem 0 .7rem; }
h2 { font-size: 1.15rem; margin: 2.4rem 0 .7rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
h4 { font-size: .9rem; margin: 1.1rem 0 .3rem; color: var(--soft); }
p { margin: .5rem 0; }
small, .note, .kicker, .cut, .legend, .path { color: var(--soft); }
small, .legend, .note { font-size: .85rem; }
.kicker { margin: 0; font-size: .85rem; }
code, pre { font: .88em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
code { background: var(--raised); border-radius: 3px; padding: .05em .3em; }
pre { background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: .7rem .9rem; margin: .6rem 0;
  white-space: pre-wrap; max-height: 30rem; overflow: auto; }
pre code { background: none; padding: 0; }
.badge { display: inline-block; font-size: .78rem; font-weight: 600; line-height: 1.5; padding: 0 .5em; border-radius: 1em;
  border: 1px solid currentColor; white-space: nowrap; color: var(--gray); }
header .badge { font-size: .95rem; padding: .05em .8em; }
.badge.complete, .badge.exit-done, .badge.check-passed { color: var(--green); }
.badge.failed, .badge.exit-failed, .badge.exit-silent, .badge.exit-halted, .badge.exit-lost, .badge.check-failed { color: var(--red); }
.badge.notice, .badge.paused, .badge.limited, .badge.exit-limited, .badge.exit-interrupted, .badge.check-not-run { color: var(--amber); }
.badge.active, .badge.exit-running { color: var(--blue); }
.badge.waiting { color: var(--violet); }
.badge.ask { color: var(--amber); }
.why, .reason { color: var(--red); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .7rem; margin: 1.1rem 0 0; }
.figures div { background: var(--raised); border: 1px solid var(--line); border-radius: 8px; padding: .5rem .8rem; }
dt { color: var(--soft); font-size: .8rem; }
dd { margin: 0; }
.figures dd { font-size: 1.25rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.figures small { display: block; font-weight: 400; line-height: 1.3; }
nav { position: sticky; top: 0; z-index: 2; display: flex; gap: 1.1rem; overflow-x: auto; margin: 1.2rem -1.5rem 0; padding: .55rem 1.5rem;
  background: var(--paper); border-bottom: 1px solid var(--line); white-space: nowrap; font-size: .9rem; scrollbar-width: none; }
nav a { text-decoration: none; }
.prose { max-width: 46rem; }
.prose h3, .prose h4, .prose h5, .prose h6 { color: var(--ink); margin: 1.1rem 0 .3rem; font-size: 1rem; }
.prose h3 { font-size: 1.1rem; }
.prose > :first-child { margin-top: 0; }
.prose blockquote { margin: .6rem 0; padding-left: .9rem; border-left: 3px solid var(--line); color: var(--soft); }
.prose ul, .prose ol { padding-left: 1.5rem; margin: .5rem 0; }
.prose hr { border: 0; border-top: 1px solid var(--line); }
.to { color: var(--soft); font-size: .85em; }
.wide { overflow-x: auto; }
.prose table { border-collapse: collapse; margin: .6rem 0; }
.prose th, .prose td { border: 1px solid var(--line); padding: .25rem .6rem; text-align: left; overflow-wrap: normal; }
.prose .right { text-align: right; } .prose .center { text-align: center; }
ul.plain { list-style: none; padding: 0; margin: 0; }
ul.plain li { padding: .3rem 0; border-bottom: 1px solid var(--line); }
ul.plain li:last-child { border-bottom: 0; }
summary { cursor: pointer; }
summary:focus-visible, a:focus-visible, button:focus-visible, input:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px; }

.tree ul { list-style: none; margin: 0; padding: 0; }
.tree ul ul { padding-left: 1.15rem; }
.tree details > summary { list-style: none; position: relative; }
.tree details > summary::-webkit-details-marker { display: none; }
.tree details > summary::before { content: "▸"; position: absolute; left: -.95rem; top: .3rem; color: var(--soft); font-size: .8rem; }
.tree details[open] > summary::before { content: "▾"; }
.tree { padding-left: 1rem; }
.row { display: grid; grid-template-columns: minmax(0, 1fr) 11rem 5rem 9.5rem 4.5rem; gap: .8rem; padding: .28rem 0; border-bottom: 1px solid var(--line); }
.row span:nth-child(n+3) { text-align: right; }
.row .model, .row .cost, .row .tokens, .row .time { color: var(--soft); font-size: .87rem; font-variant-numeric: tabular-nums; }
.row.head { font-size: .8rem; color: var(--soft); }
.marks { margin-left: .3rem; }

.timeline { display: grid; grid-template-columns: minmax(7rem, 24%) 1fr; gap: .8rem; max-height: 42rem; overflow-y: auto; border: 1px solid var(--line); border-radius: 8px; padding: .6rem .8rem; }
.timeline .names { list-style: none; margin: 22px 0 0; padding: 0; font-size: .84rem; }
.timeline .names li { height: 24px; line-height: 24px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.dot { display: inline-block; width: .55rem; height: .55rem; border-radius: 50%; background: var(--gray); margin-right: .35rem; }
.dot.complete { background: var(--green); } .dot.failed { background: var(--red); } .dot.active { background: var(--blue); }
.dot.waiting { background: var(--violet); } .dot.paused { background: var(--amber); }
svg { display: block; overflow: visible; }
.tick { stroke: var(--line); } .axis { fill: var(--soft); font-size: 11px; }
.gap { fill: var(--line); opacity: .6; } .parked { fill: var(--parked); }
.bar { fill: var(--gray); } .bar.work { fill: var(--work); } .bar.synthesis { fill: var(--synthesis); } .bar.lost { fill: var(--lost); } .bar.ask { fill: var(--ask); }
.bar.critical { stroke: var(--critical); stroke-width: 2.5px; }
line.needs { stroke: var(--soft); opacity: .55; } line.needs.critical { stroke: var(--critical); opacity: 1; stroke-width: 1.6px; }
.key { display: inline-block; width: 1.1rem; height: .6rem; border-radius: 2px; margin: 0 .25rem 0 0; background: var(--gray); }
.key.work { background: var(--work); } .key.synthesis { background: var(--synthesis); } .key.lost { background: var(--lost); } .key.ask { background: var(--ask); }
.key.parked { background: var(--parked); outline: 1px solid var(--line); } .key.critical { background: none; border: 2px solid var(--critical); }
.key.needs { height: 0; border-top: 1px solid var(--soft); background: none; vertical-align: middle; }
.legend span { white-space: nowrap; margin-right: .8rem; }
.legend .key { margin-right: .25rem; }
.chart { border: 1px solid var(--line); border-radius: 8px; padding: .6rem .8rem .3rem; }
.area { fill: var(--work); opacity: .18; } .curve { fill: none; stroke: var(--work); stroke-width: 2; vector-effect: non-scaling-stroke; }
line.ceiling { stroke: var(--red); stroke-dasharray: 5 4; } text.ceiling { fill: var(--red); }
line.spent { stroke: none; } text.spent { fill: var(--ink); font-weight: 600; }

.tools { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; }
.tools[hidden] { display: none; }
input[type=search] { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 6px; padding: .3rem .6rem; flex: 1 1 15rem; min-width: 0; }
button { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: .3rem .8rem; cursor: pointer; }
details.node { border: 1px solid var(--line); border-radius: 8px; margin: .45rem 0; padding: .45rem .8rem; content-visibility: auto; contain-intrinsic-size: auto 42px; }
details.node:target { border-color: var(--link); }
details.node[open] > summary { margin-bottom: .4rem; }
details.node > summary .goal { font-weight: 600; }
details.node details { margin: .4rem 0; }
details.node details > summary { color: var(--link); }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .3rem 1.2rem; margin: .4rem 0; font-size: .92rem; }
.attempt { border-left: 3px solid var(--line); padding-left: .8rem; margin: .7rem 0; }
.attempt > p { margin: .2rem 0; }
.steps { list-style: none; margin: .4rem 0; padding: 0; max-height: 40rem; overflow: auto; border: 1px solid var(--line); border-radius: 6px; background: var(--raised); }
.steps li { padding: .35rem .8rem; border-bottom: 1px solid var(--line); white-space: pre-wrap; }
.steps li:last-child { border-bottom: 0; }
.steps .tool { font: .86em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.steps .tool b { color: var(--violet); }
.steps .outcome { display: block; max-height: 13.5em; overflow: auto; color: var(--soft); padding-left: 1.2em; }
.steps .outcome.failed { color: var(--red); }
.steps .meta { color: var(--soft); font-size: .84rem; }
[hidden] { display: none !important; }

@media (max-width: 44rem) {
  body { padding: 1rem 1rem 3rem; font-size: 15px; }
  h1 { font-size: 1.3rem; }
  nav { margin: 1rem -1rem 0; padding: .5rem 1rem; }
  .figures { grid-template-columns: 1fr 1fr; gap: .5rem; }
  .figures dd { font-size: 1.1rem; }
  .row.head { display: none; }
  .row { display: flex; flex-wrap: wrap; gap: .1rem .9rem; padding: .45rem 0; }
  .row .what { flex: 1 0 100%; }
  .row span:nth-child(n+3) { text-align: left; }
  .row .unknown { display: none; }
  .tree ul ul { padding-left: .8rem; }
  .timeline { grid-template-columns: 4.2rem 1fr; padding: .5rem; gap: .5rem; }
  .timeline .names .goal { display: none; }
  .facts { grid-template-columns: 1fr; }
}
@media print {
  :root { --paper: #fff; --raised: #f6f7f9; --ink: #000; --soft: #444; --line: #ccc; --link: #000; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  nav, .tools { display: none; }
  .row { grid-template-columns: minmax(0, 1fr) 8.5rem 3.5rem 8rem 3.2rem; gap: .5rem; }
  pre, .steps, .timeline { max-height: none; overflow: visible; }
  .bar, .key, .dot, .gap, .parked, .area { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  h2, summary { break-after: avoid; }
  .row, .figures div, ul.plain li { break-inside: avoid; }
  details.node { content-visibility: visible; }
}
`;
