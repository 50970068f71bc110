/** The steps of the schema up to the fourth; the others, and what holds for all, are in migrations.ts. */
export const firstMigrations: readonly string[] = [
  `
  CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    goal TEXT NOT NULL,
    project TEXT,
    cwd TEXT,
    options TEXT NOT NULL,
    root_id TEXT NOT NULL,
    nodes INTEGER NOT NULL DEFAULT 0,
    spent_usd REAL NOT NULL DEFAULT 0,
    limit_hit TEXT,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
  ) STRICT;
  CREATE INDEX runs_by_time ON runs (created_at);

  CREATE TABLE tasks (
    ordinal INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    seq INTEGER NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    priority TEXT NOT NULL,
    state TEXT NOT NULL,
    project TEXT,
    recipient TEXT,
    claimed_by TEXT,
    claimed_at INTEGER,
    lease_until INTEGER,
    epoch INTEGER NOT NULL DEFAULT 0,
    payload TEXT,
    result TEXT,
    reason TEXT,
    needs TEXT,
    unmet INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    run_id TEXT,
    number INTEGER,
    parent_id TEXT,
    path TEXT,
    phase TEXT,
    round INTEGER NOT NULL DEFAULT 0,
    children INTEGER NOT NULL DEFAULT 0,
    open_children INTEGER NOT NULL DEFAULT 0,
    seen_children INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    prompt TEXT,
    returns TEXT,
    schema TEXT,
    model TEXT,
    agent TEXT,
    question TEXT,
    answer_by INTEGER
  ) STRICT;
  CREATE INDEX tasks_by_kind ON tasks (kind, state, ordinal) WHERE run_id IS NULL;
  CREATE INDEX tasks_by_state ON tasks (state, ordinal, run_id) WHERE run_id IS NULL;
  CREATE INDEX tasks_by_project ON tasks (project, state, ordinal, run_id) WHERE run_id IS NULL AND project IS NOT NULL;
  CREATE INDEX tasks_by_recipient ON tasks (recipient, state, ordinal) WHERE recipient IS NOT NULL;
  CREATE INDEX tasks_by_lease ON tasks (state, lease_until) WHERE state = 'claimed';
  CREATE UNIQUE INDEX tasks_by_number ON tasks (run_id, number) WHERE run_id IS NOT NULL;
  CREATE INDEX tasks_by_parent ON tasks (parent_id) WHERE parent_id IS NOT NULL;
  CREATE INDEX tasks_ready ON tasks (run_id, number) WHERE run_id IS NOT NULL AND state = 'pending' AND unmet = 0 AND kind <> 'ask';
  CREATE INDEX tasks_asked ON tasks (state, answer_by) WHERE answer_by IS NOT NULL AND state = 'pending';

  CREATE TABLE needs (
    task_id TEXT NOT NULL,
    need_id TEXT NOT NULL,
    PRIMARY KEY (task_id, need_id)
  ) STRICT;
  CREATE INDEX needs_by_need ON needs (need_id);

  CREATE TABLE attempts (
    task_id TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    run_id TEXT,
    phase TEXT,
    agent TEXT,
    model TEXT,
    engine TEXT,
    state TEXT NOT NULL,
    budget_usd REAL,
    session_id TEXT,
    pid INTEGER,
    dir TEXT,
    usd REAL NOT NULL DEFAULT 0,
    input_tokens INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL DEFAULT 0,
    denials INTEGER NOT NULL DEFAULT 0,
    activity TEXT,
    notice TEXT,
    said TEXT,
    late_result TEXT,
    reason TEXT,
    exit TEXT,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (task_id, epoch)
  ) STRICT;
  CREATE INDEX attempts_by_run ON attempts (run_id, state) WHERE run_id IS NOT NULL;

  CREATE TABLE agents (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    project TEXT,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    type TEXT NOT NULL,
    project TEXT,
    task_id TEXT,
    run_id TEXT,
    number INTEGER,
    name TEXT,
    kind TEXT,
    priority TEXT,
    state TEXT,
    recipient TEXT,
    agent TEXT,
    data TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_by_run ON events (run_id, seq) WHERE run_id IS NOT NULL;
  CREATE INDEX events_by_task ON events (task_id, seq) WHERE task_id IS NOT NULL;

  CREATE TABLE requests (
    id TEXT PRIMARY KEY,
    answer TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX requests_by_time ON requests (at);
  `,
  `
  ALTER TABLE tasks ADD COLUMN standing INTEGER NOT NULL GENERATED ALWAYS AS (
    CASE state
      WHEN 'pending' THEN CASE
        WHEN unmet > 0 THEN 6
        WHEN priority = 'urgent' THEN 0
        WHEN priority = 'high' THEN 1
        WHEN priority = 'low' THEN 5
        ELSE 4
      END
      WHEN 'completed' THEN 2
      WHEN 'claimed' THEN 3
      WHEN 'waiting' THEN 7
      WHEN 'paused' THEN 8
      WHEN 'failed' THEN 9
      ELSE 10
    END
  ) VIRTUAL;

  CREATE TABLE numbers (
    project TEXT PRIMARY KEY,
    latest INTEGER NOT NULL
  ) STRICT;
  UPDATE tasks SET number = numbered.number
    FROM (
      SELECT ordinal, row_number() OVER (PARTITION BY project ORDER BY ordinal) AS number
      FROM tasks WHERE run_id IS NULL AND project IS NOT NULL
    ) AS numbered
    WHERE tasks.ordinal = numbered.ordinal;
  UPDATE tasks SET number = numbered.number
    FROM (
      SELECT ordinal, row_number() OVER (ORDER BY ordinal)
        + (SELECT coalesce(max(number), 0) FROM tasks WHERE run_id IS NULL AND project IS NOT NULL) AS number
      FROM tasks WHERE run_id IS NULL AND project IS NULL
    ) AS numbered
    WHERE tasks.ordinal = numbered.ordinal;
  INSERT INTO numbers (project, latest)
    SELECT coalesce(project, ''), max(number) FROM tasks WHERE run_id IS NULL GROUP BY project;
  CREATE INDEX tasks_by_board_number ON tasks (number, project) WHERE run_id IS NULL;

  ALTER TABLE tasks ADD COLUMN lease_due INTEGER;
  ALTER TABLE tasks ADD COLUMN lease_ms INTEGER;
  ALTER TABLE tasks ADD COLUMN answer_ms INTEGER;
  ALTER TABLE agents ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE runs ADD COLUMN ordinal INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE clock (
    boot TEXT NOT NULL,
    behind INTEGER NOT NULL
  ) STRICT;
  UPDATE tasks SET lease_ms = CASE
    WHEN run_id IS NOT NULL AND lease_until - claimed_at > 300000 THEN 300000
    WHEN lease_until - claimed_at > 3600000 THEN 3600000
    WHEN lease_until - claimed_at < 1000 THEN 1000
    ELSE lease_until - claimed_at
  END WHERE state = 'claimed';
  UPDATE tasks SET answer_ms = CASE WHEN answer_by > updated_at THEN answer_by - updated_at ELSE 0 END
    WHERE answer_by IS NOT NULL;
  UPDATE runs SET ordinal = (SELECT tasks.ordinal FROM tasks WHERE tasks.id = runs.root_id);
  DROP INDEX tasks_by_lease;
  CREATE INDEX tasks_by_lease ON tasks (state, lease_due) WHERE state = 'claimed';
  DROP INDEX runs_by_time;
  CREATE INDEX runs_by_ordinal ON runs (ordinal);
  DROP INDEX tasks_by_kind;
  DROP INDEX tasks_by_state;
  DROP INDEX tasks_by_project;
  DROP INDEX tasks_by_recipient;
  CREATE INDEX tasks_by_kind ON tasks (kind, standing, ordinal, project, priority) WHERE run_id IS NULL;
  CREATE INDEX tasks_by_standing ON tasks (standing, ordinal, priority, claimed_by) WHERE run_id IS NULL;
  CREATE INDEX tasks_by_project ON tasks (project, standing, ordinal, kind, priority) WHERE run_id IS NULL;
  CREATE INDEX tasks_by_recipient ON tasks (recipient, standing, ordinal) WHERE recipient IS NOT NULL AND run_id IS NULL;

  CREATE TABLE names (
    ordinal INTEGER PRIMARY KEY,
    folded TEXT NOT NULL
  ) STRICT;
  INSERT INTO names (ordinal, folded) SELECT ordinal, lower(name) FROM tasks;

  DELETE FROM attempts WHERE state = 'late'
    AND (epoch < 1 OR epoch > (SELECT tasks.epoch FROM tasks WHERE tasks.id = attempts.task_id));

  DELETE FROM requests WHERE id LIKE 'nodes/claim %';
  `,
  `
  DROP INDEX tasks_by_kind;
  DROP INDEX tasks_by_standing;
  DROP INDEX tasks_by_project;
  DROP INDEX tasks_by_recipient;
  ALTER TABLE tasks DROP COLUMN standing;
  ALTER TABLE tasks ADD COLUMN standing INTEGER NOT NULL DEFAULT 4;
  ALTER TABLE tasks ADD COLUMN ended_by TEXT;
  ALTER TABLE tasks ADD COLUMN folded TEXT NOT NULL DEFAULT '';
  UPDATE tasks SET
    standing = CASE
      WHEN state = 'completed' THEN 2
      WHEN state = 'failed' THEN 9
      WHEN state = 'cancelled' THEN 10
      WHEN unmet > 0 THEN 6
      WHEN priority = 'urgent' THEN 0
      WHEN priority = 'high' THEN 1
      WHEN priority = 'low' THEN 5
      ELSE 4
    END,
    ended_by = CASE WHEN state IN ('completed', 'failed', 'cancelled') THEN claimed_by END,
    folded = coalesce((SELECT names.folded FROM names WHERE names.ordinal = tasks.ordinal), lower(name));
  DROP TABLE names;
  DROP TABLE numbers;
  CREATE INDEX tasks_by_kind ON tasks (kind, standing, ordinal, project, priority) WHERE run_id IS NULL;
  CREATE INDEX tasks_by_standing ON tasks (standing, ordinal, folded, ended_by, priority) WHERE run_id IS NULL;
  CREATE INDEX tasks_by_project ON tasks (project, standing, ordinal, kind, priority) WHERE run_id IS NULL;
  CREATE INDEX tasks_by_recipient ON tasks (recipient, standing, ordinal) WHERE recipient IS NOT NULL AND run_id IS NULL;
  DROP INDEX tasks_by_lease;
  CREATE INDEX tasks_by_lease ON tasks (state, lease_due, run_id, project, claimed_by) WHERE state = 'claimed';
  `,
  `
  ALTER TABLE tasks ADD COLUMN stopped_by TEXT;
  UPDATE tasks SET stopped_by = 'human' WHERE state = 'cancelled' AND reason LIKE 'stopped by %';
  ALTER TABLE tasks ADD COLUMN cancelled_for TEXT;
  UPDATE tasks SET cancelled_for = parent_id
    WHERE run_id IS NOT NULL AND state = 'cancelled' AND reason LIKE 'its parent #%';
  UPDATE tasks SET cancelled_for = (
      SELECT need.id FROM needs JOIN tasks AS need ON need.id = needs.need_id
      WHERE needs.task_id = tasks.id AND tasks.reason LIKE 'it needs #' || need.number || ', which was %' LIMIT 1
    ) WHERE run_id IS NOT NULL AND state = 'cancelled' AND reason LIKE 'it needs #%';
  CREATE INDEX tasks_by_run ON tasks (run_id, state, kind, stopped_by) WHERE run_id IS NOT NULL;

  ALTER TABLE attempts ADD COLUMN estimated INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE attempts ADD COLUMN settles INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE attempts ADD COLUMN handed_in TEXT;

  ALTER TABLE runs ADD COLUMN synthesis_usd REAL NOT NULL DEFAULT 0;
  UPDATE runs SET synthesis_usd = coalesce((SELECT sum(attempts.usd) FROM attempts
    WHERE attempts.run_id = runs.id AND attempts.phase = 'synthesis'), 0);

  DELETE FROM requests WHERE id LIKE 'nodes/claim %';

  CREATE TABLE engines (
    run_id TEXT NOT NULL,
    name TEXT NOT NULL,
    due INTEGER NOT NULL,
    trouble TEXT,
    PRIMARY KEY (run_id, name)
  ) STRICT;
  INSERT INTO engines (run_id, name, due)
    SELECT DISTINCT run_id, engine, coalesce((SELECT max(tasks.lease_due) FROM tasks
      WHERE tasks.run_id = attempts.run_id AND tasks.claimed_by = attempts.engine AND tasks.state = 'claimed'), 0)
    FROM attempts WHERE state = 'running' AND run_id IS NOT NULL AND engine IS NOT NULL;
  `,
];
