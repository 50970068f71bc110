#!/bin/sh
# Shows that a binary of cord works on the machine that this runs on: sh scripts/release/started.sh PATH/TO/cord [VERSION]
# Needs a POSIX shell (on Windows, Git's) and nothing else of cord's: the daemon, its port and its data are the trial's
# own, and gone afterwards. WAIT is how long one thing may take, in seconds. EMULATED says that the processor is, which is
# ten to forty times as slow.
set -eu

CORD=${1:?usage: started.sh PATH/TO/cord [VERSION]}
VERSION=${2:-}
WAIT=${WAIT:-60}
case $CORD in /* | [A-Za-z]:*) ;; *) CORD=$PWD/$CORD ;; esac

main() {
  home=$(mktemp -d "${TMPDIR:-/tmp}/cord-started.XXXXXX")
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  # each system has its own word for where a user's files are
  export HOME="$home" USERPROFILE="$home" APPDATA="$home/roaming" LOCALAPPDATA="$home/local" XDG_DATA_HOME="$home/data"
  export CORD_DB="$home/cord.db"
  unset CORD_URL CORD_ADDR CORD_TOKEN CORD_AGENT CORD_VAULT CORD_RUN CORD_PROJECT XDG_CONFIG_HOME
  mkdir "$home/project"
  cd "$home/project"

  said=$("$CORD" version)
  case $said in "cord $VERSION"*) ;; *) fail "version says \"$said\", and not $VERSION" ;; esac
  done_with version "$said"
  "$CORD" init --yes >"$home/out" 2>&1 || fail "init was refused: $(cat "$home/out")"
  [ -f AGENTS.md ] || fail "init wrote no AGENTS.md"
  done_with init "AGENTS.md is there"
  start_daemon
  done_with serve "$CORD_URL"
  "$CORD" send "a first task" --kind trial >"$home/out" || fail "send was refused"
  grep -q "a first task" "$home/out" || fail "send printed something else: $(cat "$home/out")"
  done_with send "the task is on the board"
  "$CORD" wait --kind trial --state completed --timeout "$WAIT" >"$home/waited" 2>"$home/wait.err" &
  waiter=$!
  "$CORD" claim 1 --as trial >"$home/out" || fail "claim was refused"
  ! "$CORD" claim 1 --as another >"$home/out" 2>&1 || fail "a task was claimed twice"
  done_with claim "once, and refused to another"
  "$CORD" complete 1 --as trial --result '{"by":"trial"}' >"$home/out" || fail "complete was refused"
  wait "$waiter" || fail "wait ended with $?: $(cat "$home/wait.err")"
  grep -q "a first task" "$home/waited" || fail "wait printed something else: $(cat "$home/waited")"
  done_with wait "a waiter was told of the completed task"
  "$CORD" top --once >"$home/out" || fail "top was refused"
  grep -q "trial" "$home/out" || fail "top does not show who worked: $(cat "$home/out")"
  done_with top "it shows who worked"
  rehearse
  done_with "run --rehearse" "$(grep -c . "$home/result") lines of result"
  "$CORD" daemon stop >"$home/out" 2>&1 || fail "the daemon did not end: $(cat "$home/out")"
  daemon=
  # nobody listens at CORD_URL now: the next command starts a daemon there by itself, which does not hold its output: the
  # pipe ends with the command
  tries=0
  until "$CORD" tasks --all --state completed 2>"$home/err" | cat >"$home/out" && [ -s "$home/out" ]; do
    # an emulated one takes longer than a command waits for it
    tries=$((tries + 1))
    if [ -z "${EMULATED:-}" ] || [ "$tries" -gt 9 ]; then
      fail "no daemon was started on demand: $(cat "$home/err")"
    fi
  done
  grep -q "a first task" "$home/out" || fail "another daemon does not know the task: $(cat "$home/out")"
  done_with "a daemon on demand" "it knows the task"
}

start_daemon() {
  : >"$home/daemon.log"
  "$CORD" serve --addr 127.0.0.1:0 >"$home/daemon.log" 2>&1 &
  daemon=$!
  tries=0
  until CORD_URL=$(grep -o 'http://[^ ,]*/' "$home/daemon.log"); do
    kill -0 "$daemon" 2>"$home/out" || fail "the daemon ended: $(cat "$home/daemon.log")"
    tries=$((tries + 1))
    [ "$tries" -lt $((WAIT * 5)) ] || fail "the daemon did not start: $(cat "$home/daemon.log")"
    sleep 0.2
  done
  export CORD_URL
}

rehearse() {
  cat >plan.md <<'PLAN'
# Try what was built

- Look at the first half
- Look at the second half
PLAN
  "$CORD" run plan.md --rehearse --timeout "$((WAIT * 5))s" >"$home/result" 2>"$home/run.err" ||
    fail "run --rehearse ended with $?: $(tail -n 20 "$home/run.err")"
  grep -q . "$home/result" || fail "run --rehearse printed no result"
}

done_with() {
  echo "✓ $1: $2"
}

fail() {
  echo "✗ $CORD: $1" >&2
  exit 1
}

clean_up() {
  trap - EXIT
  "$CORD" daemon stop >"$home/out" 2>&1 || true
  if [ -n "${daemon:-}" ]; then kill "$daemon" 2>"$home/out" || true; fi
  if [ -n "${waiter:-}" ]; then kill "$waiter" 2>"$home/out" || true; fi
  rm -rf "$home" || { sleep 2; rm -rf "$home"; }
}

daemon=
waiter=
main
