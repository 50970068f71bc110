import { firstMigrations } from "./first-migrations.ts";

/**
 * The schema, as forward-only steps. user_version counts the steps that a file has taken.
 * Never edit a step that was released: append one, and keep the past schema as a fixture in test/store.
 * Times are integer milliseconds, JSON is text; the SQL keeps to what SQLite and Postgres share.
 */
export const migrations: readonly string[] = [
  ...firstMigrations,
  `
  ALTER TABLE attempts ADD COLUMN cached_tokens INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE attempts ADD COLUMN denied TEXT;
  `,
  `
  CREATE TABLE counts (
    what TEXT NOT NULL,
    scope TEXT NOT NULL,
    word TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (what, scope, word)
  ) STRICT;
  INSERT INTO counts (what, scope, word, n)
    SELECT 'board', coalesce(project, ''), state, count(*) FROM tasks
    WHERE run_id IS NULL GROUP BY coalesce(project, ''), state;
  INSERT INTO counts (what, scope, word, n)
    SELECT 'board', coalesce(project, ''), 'blocked', count(*) FROM tasks
    WHERE run_id IS NULL AND state = 'pending' AND unmet > 0 GROUP BY coalesce(project, '');
  INSERT INTO counts (what, scope, word, n)
    SELECT 'nodes', run_id, 'done', count(*) FROM tasks
    WHERE run_id IS NOT NULL AND state = 'completed' GROUP BY run_id;
  INSERT INTO counts (what, scope, word, n)
    SELECT 'nodes', run_id, 'lost', count(*) FROM tasks
    WHERE run_id IS NOT NULL AND kind <> 'ask' AND (state = 'failed' OR (state = 'cancelled' AND stopped_by IS NULL))
    GROUP BY run_id;
  INSERT INTO counts (what, scope, word, n)
    SELECT 'agents', coalesce(project, ''), 'working', count(*) FROM tasks
    WHERE state = 'claimed' AND run_id IS NOT NULL AND claimed_by LIKE 'engine:%' GROUP BY coalesce(project, '');
  `,
  `
  ALTER TABLE tasks ADD COLUMN context_id TEXT;
  CREATE INDEX tasks_by_context ON tasks (context_id, seq) WHERE context_id IS NOT NULL;
  UPDATE tasks SET standing = 7 WHERE run_id IS NOT NULL AND state = 'waiting';
  CREATE TABLE messages (
    task_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    by TEXT,
    message TEXT NOT NULL,
    PRIMARY KEY (task_id, seq)
  ) STRICT;
  CREATE TABLE artifacts (
    task_id TEXT PRIMARY KEY,
    artifacts TEXT NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE push_configs (
    task_id TEXT NOT NULL,
    id TEXT NOT NULL,
    url TEXT NOT NULL,
    version TEXT NOT NULL,
    secrets TEXT,
    state TEXT NOT NULL,
    seq INTEGER NOT NULL,
    part INTEGER NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0,
    due INTEGER NOT NULL DEFAULT 0,
    give_up INTEGER,
    trouble TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (task_id, id)
  ) STRICT;
  `,
  `
  CREATE TABLE tabs (
    id TEXT PRIMARY KEY,
    handle TEXT NOT NULL,
    chosen INTEGER NOT NULL DEFAULT 0,
    project TEXT,
    client TEXT NOT NULL,
    client_version TEXT,
    conversation TEXT,
    folder TEXT,
    pid INTEGER,
    wake TEXT NOT NULL,
    state TEXT,
    waiting_for TEXT,
    opened_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    closed_at INTEGER,
    woken TEXT
  ) STRICT;
  CREATE INDEX tabs_by_handle ON tabs (handle, opened_at);
  CREATE INDEX tabs_by_conversation ON tabs (client, conversation, opened_at) WHERE conversation IS NOT NULL;
  CREATE INDEX tabs_by_project ON tabs (project, closed_at);

  CREATE TABLE inbox (
    id INTEGER PRIMARY KEY,
    agent TEXT NOT NULL,
    seq INTEGER NOT NULL,
    reason TEXT NOT NULL,
    task_id TEXT,
    line TEXT NOT NULL,
    urgent INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    told_at INTEGER,
    read_at INTEGER,
    acked_at INTEGER,
    woken_at INTEGER,
    wakes INTEGER NOT NULL DEFAULT 0,
    UNIQUE (agent, seq, reason)
  ) STRICT;
  CREATE INDEX inbox_unread ON inbox (agent, id) WHERE read_at IS NULL;
  CREATE INDEX inbox_by_task ON inbox (task_id, agent) WHERE task_id IS NOT NULL;
  CREATE INDEX inbox_by_time ON inbox (created_at);

  CREATE TABLE watches (
    id TEXT PRIMARY KEY,
    agent TEXT NOT NULL,
    project TEXT,
    filter TEXT NOT NULL,
    once INTEGER NOT NULL,
    until_at INTEGER,
    note TEXT,
    seq INTEGER NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX watches_by_agent ON watches (agent, created_at);

  CREATE TABLE reservations (
    id TEXT PRIMARY KEY,
    project TEXT,
    agent TEXT NOT NULL,
    folder TEXT NOT NULL,
    patterns TEXT NOT NULL,
    shared INTEGER NOT NULL,
    reason TEXT,
    mode TEXT NOT NULL,
    refused TEXT,
    epoch INTEGER NOT NULL,
    lease_ms INTEGER NOT NULL,
    lease_due INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX reservations_by_agent ON reservations (agent, created_at);
  CREATE INDEX reservations_by_folder ON reservations (folder, created_at);
  CREATE INDEX reservations_by_lease ON reservations (lease_due);

  CREATE TABLE cursors (
    name TEXT PRIMARY KEY,
    seq INTEGER NOT NULL
  ) STRICT;
  `,
  `
  ALTER TABLE tasks ADD COLUMN options TEXT;
  ALTER TABLE tasks ADD COLUMN proposed INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE tasks ADD COLUMN replan TEXT;
  DROP INDEX tasks_ready;
  CREATE INDEX tasks_ready ON tasks (run_id, number)
    WHERE run_id IS NOT NULL AND state = 'pending' AND unmet = 0 AND kind <> 'ask' AND proposed = 0;
  ALTER TABLE attempts ADD COLUMN checks TEXT;
  ALTER TABLE attempts ADD COLUMN budget_tokens INTEGER;
  ALTER TABLE attempts ADD COLUMN counted INTEGER NOT NULL DEFAULT 0;
  UPDATE attempts SET counted = 1 WHERE usd > 0 OR input_tokens > 0 OR pid IS NULL OR agent = 'rehearsal';
  ALTER TABLE runs ADD COLUMN spent_tokens INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE runs ADD COLUMN synthesis_tokens INTEGER NOT NULL DEFAULT 0;
  UPDATE runs SET
    spent_tokens = (SELECT coalesce(sum(input_tokens + output_tokens), 0) FROM attempts WHERE run_id = runs.id),
    synthesis_tokens = (
      SELECT coalesce(sum(input_tokens + output_tokens), 0) FROM attempts
      WHERE run_id = runs.id AND phase = 'synthesis'
    );
  ALTER TABLE runs ADD COLUMN account TEXT;
  ALTER TABLE runs ADD COLUMN parked TEXT;
  CREATE TABLE windows (
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    utilization REAL,
    resets_at INTEGER,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (account, name)
  ) STRICT;
  `,
  `
  CREATE TABLE removals (
    run_id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE writers (
    version TEXT PRIMARY KEY,
    schema INTEGER NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE seen_days (
    day INTEGER PRIMARY KEY
  ) STRICT;
  CREATE TABLE archive_parts (
    id INTEGER PRIMARY KEY,
    file TEXT NOT NULL,
    start INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (file, start)
  ) STRICT;
  CREATE TABLE archived_tasks (
    id TEXT PRIMARY KEY,
    project TEXT,
    number INTEGER NOT NULL,
    part INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX archived_by_number ON archived_tasks (number, project);
  `,
];

/** The step after which names are to be folded by the program, since SQL cannot. */
export const foldedStep = migrations[1];
