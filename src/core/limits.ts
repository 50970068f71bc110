import { nestingLimit } from "./nesting.ts";

/** The bounds of what anybody may hand in. Lengths in characters, unless their names say otherwise. */
export const limits = {
  nameLength: 256,
  wordLength: 64,
  agentLength: 128,
  promptLength: 1_000_000,
  bodyBytes: 1_048_576,
  nesting: nestingLimit,
  needs: 64,
  leaseSeconds: { min: 1, max: 3600, default: 300 },
  /** why an attempt or a task failed */
  reasonLength: 10_000,
  /** why a node was stopped or given back */
  noteLength: 2000,
  /** what an agent does, or what holds it or its engine up */
  noticeLength: 500,
  /** of how many tools it is told by name that they were denied */
  deniedTools: 50,
  goalLength: 2000,
  questionLength: 4000,
  /** the answers that a question may offer */
  options: 20,
  optionLength: 200,
  pathLength: 4096,
  modelLength: 128,
  requestIdLength: 128,
  /** what a reader keeps of a server-sent event that is not whole: more than any answer to an agent */
  eventCharacters: 64 * 1_048_576,
  waitMs: 60_000,
  /** of a tool of MCP: clients of its SDK give a call up at 60.000 s */
  toolWaitMs: 50_000,
  /** the longest wait of all: for the answer to a question, and for a backup */
  longWaitMs: 3_600_000,
  listed: 1000,
  /**
   * of a list that a tool gives, as JSON: Claude Code refuses an answer of more than 25,000 tokens, and these are fewer also
   * where each character is one
   */
  toolListBytes: 50_000,
  /** of an A2A message, a context, a task that it refers to and an artifact */
  messageIdLength: 128,
  /** of a message or an artifact */
  parts: 64,
  extensions: 64,
  referenceTasks: 64,
  urlLength: 4096,
  artifacts: 64,
  /** what is said about a task, question and answers included; an open question can always be answered */
  messages: 1000,
  /** of all messages of a task together */
  messageBytes: 8 * 1_048_576,
} as const;

/** The bounds of what is delivered to those who asked for it. Lengths in characters. */
export const pushBounds = {
  /** of URLs that are allowed */
  prefixes: 32,
  prefixLength: 256,
  /** configurations of one task, and of all */
  perTask: 16,
  perDaemon: 10_000,
  idLength: 128,
  urlLength: 2048,
  schemeLength: 64,
  secretLength: 4096,
  /** deliveries under way: of all, and to one origin, so that one that hangs keeps nobody else waiting */
  inFlight: 32,
  inFlightPerOrigin: 4,
  /** a delivery, from the look-up of its address to the first line of the answer */
  deliveryMs: 10_000,
  bodyBytes: 8 * 1_048_576,
  /** the pauses after failures, each twice as long as the one before */
  pauseMs: { first: 1000, max: 900_000 },
  /** for how long a delivery that fails is tried again */
  giveUpMs: 86_400_000,
  /** for how long a configuration is kept whose task has ended, or that was given up */
  keptMs: { done: 86_400_000, givenUp: 604_800_000 },
} as const;

/** The bounds of tabs: of what wakes them, of what they watch and of what they reserve. Lengths in characters. */
export const tabBounds = {
  /** of the line that a tab is woken with, in bytes */
  wakeBytes: 500,
  /** what comes so soon after a wake is part of it */
  coalesceMs: 3000,
  /** after this time an idle tab that has not read is woken again, so often for one thing */
  againAfterMs: 60_000,
  timesWoken: 3,
  /** so that two tabs cannot keep each other busy for ever */
  wakesPerHour: 20,
  messageLength: 100_000,
  /** of a message to many */
  recipients: 1000,
  watchesPerAgent: 64,
  watches: 10_000,
  watchMinutes: { min: 1, max: 10_080 },
  /** the tasks that one watch names */
  watchedTasks: 64,
  noteLength: 500,
  reservationsPerAgent: 64,
  reservations: 10_000,
  /** of one reservation */
  patterns: 32,
  patternLength: 256,
  reservationMinutes: { min: 1, max: 480, default: 15 },
  /** of one edit or one commit that is checked */
  files: 1000,
  /** two agents that edit one file within this time are both told */
  editedTogetherMs: 120_000,
  /** a hook has its answer within this time, or goes on without one */
  hookMs: 150,
  /** of each text in the answer to a hook, in bytes */
  hookBytes: 2000,
  /** the processes by which a shell finds its tab */
  pids: 64,
  /** how long after its end a tab is still meant by a message to its project, and how long it is kept */
  recentMs: 86_400_000,
  keptMs: 2_592_000_000,
} as const;

/** How what is older than the history's limit is moved into the archive; the limit itself is in core/history.ts. */
export const historyBounds = {
  /** the age of things is counted from the last but so many of the days on which a daemon was there, whatever the clock says */
  seenDays: 7,
  /** the log is rolled up when its oldest events are older than the limit by this share of it: a few files a year, and no more */
  slack: 0.1,
  /** of one archive file, and of a part of one, which is compressed by itself: in bytes of text */
  fileBytes: 16 * 1_048_576,
  partBytes: 262_144,
  /** of a part that is read, as text: more than the largest task has */
  readBytes: 64 * 1_048_576,
  /** one step, of those that read and of those that remove, begins nothing more after this time */
  stepMs: 3,
  /** and goes over so many events, or rows, at most */
  stepRows: 250,
} as const;

/** The limits of a run: what may be asked for, and what it has where nobody says. Money in USD. */
export const runBounds = {
  budgetUsd: { default: 2 },
  totalBudgetUsd: { default: 10 },
  jobs: { min: 1, max: 256, default: 4 },
  maxDepth: { min: 1, max: 64, default: 6 },
  maxNodes: { min: 1, max: 100_000, default: 200 },
  maxChildren: { min: 1, max: 1000, default: 20 },
  stallSeconds: { default: 600 },
  /** what makes a folder ready may take so long */
  setupSeconds: 1800,
} as const;

/** The bounds of what a node, or its run, may say of how its agents work. Lengths in characters. */
export const nodeBounds = {
  /** of a list that one child is created for each item of */
  items: { max: 1000, default: 50 },
  retries: { max: 10 },
  timeoutSeconds: { max: 604_800 },
  allowedTools: 64,
  /** of a command for a shell, such as a check */
  commandLength: 4000,
  checkSeconds: { max: 86_400, default: 600 },
  /** of a check's output, what its agent and its readers are given: the end */
  checkOutput: 4000,
  /** so often a check may refuse a result; then the attempt has failed */
  checkRefusals: 3,
  /** kept of one attempt */
  checks: 20,
  /** of models for roles and depths */
  models: 32,
} as const;

/** The bounds of what is known of an account's allowance. */
export const accountBounds = {
  /** of the name by which cord knows an account */
  keyLength: 128,
  /** windows of one account */
  windows: 16,
  /** 1 is all of it; more than that may be said, too */
  maxUtilization: 1000,
  /** from here on people are told */
  warnAt: 0.8,
  /** a window that is said to reset later than this is one of which nobody knows when it does */
  farthestResetMs: 8 * 86_400_000,
  /** a run goes on so long after its window has reset, as clocks differ */
  marginMs: 60_000,
  /** a used-up window of which nobody knows when it resets holds up a run that begins within this time */
  unknownMs: 300_000,
  /** what was not heard of for so long is forgotten */
  keptMs: 30 * 86_400_000,
  /** runs that are told at once */
  runs: 1000,
} as const;

/** The bounds of what is told of a run that is looked at again. Lengths in characters. */
export const recordBounds = {
  promptLength: 20_000,
  resultLength: 60_000,
  /** what an attempt said when it handed out work, or handed in too late */
  saidLength: 8000,
  /** of one node, the newest */
  attempts: 40,
  /** of one page; it has a node at least */
  pageBytes: 1_000_000,
  pageNodes: 50,
  /** of one page */
  events: 1000,
} as const;

/** The bounds of a plan in Markdown, as people and skills write it. Lengths in characters. */
export const planBounds = {
  lines: 50_000,
  nodes: 1000,
  /** of a label, without its # */
  labelLength: 64,
  /** how deep its lists may be indented, and how many marks of lists a line may begin with */
  indent: 128,
  nesting: 50,
  /** in a row, on one line */
  blanks: 250,
  /** so many faults are told at once */
  faults: 10,
} as const;

/** The bounds of a skill. Lengths in characters. */
export const skillBounds = {
  length: 65_536,
  inputs: 32,
  /** of one folder */
  files: 500,
} as const;

/** What holds where nobody can, or does, say otherwise. */
export const defaults = {
  model: "sonnet",
  agent: "claude",
  permissionMode: "bypassPermissions",
  /** a node is tried so often in one phase; then it has failed */
  triesPerNode: 2,
  /** a synthesis may create children again; this many times at most */
  synthesisRounds: 5,
  /** how long `cord wait`, and an ask without a time, wait */
  waitSeconds: 600,
  heartbeatSeconds: 15,
  /** a daemon that a command started ends after this time without any use */
  idleExitSeconds: 900,
  /** an agent has to print its first line within this */
  firstLineSeconds: 60,
  /** after this time a person is shown that an agent is silent */
  silenceShownSeconds: 30,
} as const;
