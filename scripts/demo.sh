#!/usr/bin/env bash
# Two things that cord is for, on the binary alone: shells that race for the same tasks, and a tab that waits for another.
# CORD names the binary (dist/cord). The daemon, its port and its data are the demo's own, and gone afterwards.
set -euo pipefail

CORD=${CORD:-$(dirname "$0")/../dist/cord}
CORD=$(command -v "$CORD") || { echo "demo: there is no cord: npm run build makes it, or name one: CORD=/path/to/cord" >&2; exit 64; }
CORD=$(cd "$(dirname "$CORD")" && pwd)/$(basename "$CORD")
TASKS=12
WORKERS="ann ben cleo"

main() {
  home=$(mktemp -d "${TMPDIR:-/tmp}/cord-demo.XXXXXX")
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  # HOME too: not every system keeps data where XDG_DATA_HOME says
  export HOME=$home XDG_DATA_HOME=$home/data CORD_DB=$home/cord.db
  unset CORD_TOKEN CORD_AGENT CORD_VAULT CORD_ADDR CORD_RUN
  mkdir "$home/release"
  cd "$home/release"
  start_daemon
  if [ -t 1 ] && command -v tmux >"$home/tmux" && [ -z "${DEMO_PLAIN:-}" ]; then
    beside_top
  else
    stories
  fi
}

stories() {
  echo "── 1. Three shells race for $TASKS tasks"
  race
  echo
  echo "── 2. One tab waits for \"v1.1 stable\", another fixes what is in the way"
  two_releases
  echo
  check
}

# ── 1 ──

race() {
  for number in $(seq 1 $TASKS); do
    "$CORD" send "migrate table $number" --kind demo --payload "{\"table\":$number}" >>"$home/sent"
  done
  echo "the board holds $(listed --kind demo --state pending | wc -l | tr -d ' ') open tasks"
  local workers=()
  for name in $WORKERS; do
    in_group worker "$name"
    workers+=($!)
  done
  while alive "${workers[@]}" && [ "$(lines done)" -lt $((TASKS / 2)) ]; do sleep 0.1; done
  [ -n "${DEMO_TOP:-}" ] || "$CORD" top --once
  wait "${workers[@]}"
  for name in $WORKERS; do
    echo "$name did $(lines "done" " $name ") and was too late for $(lines late " $name ")"
  done
}

# Takes whatever is open until nothing is. All three look at the same list, so they often reach for the same task.
worker() {
  "$CORD" heartbeat "$1" >"$home/$1.out"
  local open id task
  while open=$(listed --kind demo --state pending) && [ -n "$open" ]; do
    for id in $open; do
      if task=$("$CORD" claim "$id" --as "$1" --json 2>"$home/$1.out"); then
        work
        "$CORD" complete "$id" --as "$1" --result "{\"by\":\"$1\"}" >"$home/$1.out"
        echo "did $1 $id" >>"$home/done"
        echo "  $1: $(field name <<<"$task")"
        break
      else
        echo "late $1 $id" >>"$home/late"
      fi
    done
  done
}

work() {
  if [ -n "${DEMO_TOP:-}" ]; then sleep "1.$((RANDOM % 5))"; else sleep "0.$((RANDOM % 3 + 1))"; fi
}

# ── 2 ──

two_releases() {
  local tab_a bug
  echo 'exit 1 # nobody can log in' >login.sh
  bug=$("$CORD" send "v1.1: login fails" --kind bug --priority urgent --payload '{"file_refs":["login.sh"]}' --json | field id)

  echo "tab A: I prepare v1.2, and wait until v1.1 is stable"
  in_group tab_a
  tab_a=$!
  until "$CORD" agents --json | grep -q '"release-v1.2"'; do sleep 0.1; done

  moment
  "$CORD" heartbeat hotfix-v1.1 >"$home/b.out"
  sh login.sh || echo "tab B: the tests of v1.1 are red; I claim the bug"
  "$CORD" claim "$bug" --as hotfix-v1.1 >"$home/b.out"
  moment
  echo 'exit 0' >login.sh
  alive "$tab_a" && echo "tab B: fixed; tab A still waits"
  moment
  sh login.sh && echo "tab B: the tests are green; I complete the bug, and say so in the same breath"
  "$CORD" complete "$bug" --as hotfix-v1.1 --result '{"commit":"4f2c1a9"}' --ack "v1.1 stable" >"$home/b.out"

  wait "$tab_a" || fail "tab A waited in vain"
  grep -q "\"fixed_bug_id\": *\"$bug\"" "$home/ack" || fail "the ack does not name the bug"
}

tab_a() {
  "$CORD" wait --as release-v1.2 --kind ack --name-contains "v1.1 stable" --timeout 60 >"$home/ack"
  echo "tab A: \"$(field name <"$home/ack")\" landed; I ship v1.2"
  echo shipped >"$home/release/v1.2"
}

# For whoever watches; nothing depends on it.
moment() {
  [ -z "${DEMO_TOP:-}" ] || sleep 2
}

# ── both ──

check() {
  local completed once claims
  completed=$(listed --kind demo --state completed | wc -l | tr -d ' ')
  once=$(cut -d' ' -f3 "$home/done" | sort -u | wc -l | tr -d ' ')
  claims=$("$CORD" tasks --kind demo --limit 100 --json | grep -o '"epoch": *[0-9]*' | tr -d ' ' | sort | uniq -c | tr -s ' ')
  [ "$completed" = $TASKS ] && [ "$once" = $TASKS ] && [ "$(lines done)" = $TASKS ] || fail "$completed tasks completed, $(lines done) done, $once different ones"
  [ "$claims" = " $TASKS \"epoch\":1" ] || fail "a task was claimed twice:$claims"
  [ -f v1.2 ] || fail "v1.2 was not shipped"
  echo "✓ $TASKS tasks done, each once; v1.2 shipped after v1.1 was stable"
}

fail() {
  echo "✗ $1" >&2
  exit 1
}

start_daemon() {
  in_group "$CORD" serve --addr 127.0.0.1:0 2>"$home/daemon.log"
  local daemon=$!
  until CORD_URL=$(grep -o 'http://[^ ]*/' "$home/daemon.log"); do
    alive "$daemon" || fail "the daemon did not start: $(cat "$home/daemon.log")"
    sleep 0.05
  done
  export CORD_URL
}

# The stories in the lower part of the terminal, `cord top` above. What they said stays on the screen afterwards.
beside_top() {
  export DEMO_TOP=1
  : >"$home/said"
  mux new-session -d -s demo -x "$(tput cols)" -y "$(tput lines)" "'$CORD' top; tmux -S '$home/mux' kill-server"
  mux split-window -d -t demo -l 12 "tail -n +1 -f '$home/said'"
  in_group shown
  mux attach -t demo >"$home/tmux" || true
  [ -f "$home/over" ] || exit 130
  cat "$home/said"
  return "$(cat "$home/over")"
}

shown() {
  local status=0
  (stories) >"$home/said" 2>&1 || status=$?
  sleep 3
  echo "$status" >"$home/over"
  mux kill-server
}

mux() {
  env -u TMUX tmux -S "$home/mux" -f /dev/null "$@"
}

# In a process group of its own, so that all that it starts can be ended with it.
in_group() {
  set -m
  "$@" &
  set +m
  echo $! >>"$home/groups"
}

alive() {
  kill -0 "$@" 2>/dev/null
}

clean_up() {
  trap - EXIT
  trap '' INT TERM HUP
  if [ -S "$home/mux" ]; then mux kill-server 2>/dev/null || true; fi
  # the daemon is the first, and goes last: a command that finds none would start one
  for group in $(tail -r "$home/groups" 2>/dev/null || tac "$home/groups"); do kill -TERM -- "-$group" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$home"
}

# ids, one a line
listed() {
  "$CORD" tasks --limit 100 --json "$@" | grep -o '"id": *"[^"]*"' | cut -d'"' -f4
}

# a text field of the first object in JSON
field() {
  grep -o "\"$1\": *\"[^\"]*\"" | head -1 | cut -d'"' -f4
}

# how many lines of a log hold the text
lines() {
  if [ -f "$home/$1" ]; then grep -c -- "${2:-}" "$home/$1" || true; else echo 0; fi
}

main "$@"
