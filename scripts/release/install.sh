#!/bin/sh
# Installs cord for one user, upgrades it, or takes it away again: sh install.sh --help
#
# A release fills in the two fields below. A copy without them works too, with CORD_RELEASES. POSIX sh only: dash,
# busybox, bash and the sh of macOS run it. Nothing happens before the last line, so that a download that was cut
# off does nothing. What is written is written beside its place first, and put there by renaming, all at the end.
set -u

repository='{{repository}}'
filled_version='{{version}}'

main() {
  umask 022
  wanted='' bin='' task=install
  read_flags "$@"
  find_places
  trap 'clean_up' EXIT
  trap 'stop_by 129' HUP
  trap 'stop_by 130' INT
  trap 'stop_by 143' TERM
  if [ "$task" = uninstall ]; then uninstall; else install; fi
}

usage() {
  cat <<'END'
Installs cord into ~/.local/bin, without root, and upgrades what is there.

Usage: sh install.sh [--version X] [--to FOLDER]
       sh install.sh --uninstall

  --version X   this version (default: the one that this script came with, else the newest)
  --to FOLDER   where the program goes (default: CORD_BIN, else ~/.local/bin)
  --uninstall   take away what was installed; your tasks and settings stay
  --help        this text

Completions and the man page go below ~/.local/share (XDG_DATA_HOME).
CORD_RELEASES is another place to load from, such as https://example.com/cord/releases.
END
}

read_flags() {
  while [ $# -gt 0 ]; do
    case $1 in
      --version | --to) [ $# -gt 1 ] || misuse "$1 needs a value" ;;
    esac
    case $1 in
      --version) wanted=$2 && shift ;;
      --version=*) wanted=${1#*=} ;;
      --to) bin=$2 && shift ;;
      --to=*) bin=${1#*=} ;;
      --uninstall) task=uninstall ;;
      --help | -h) usage && exit 0 ;;
      *) misuse "there is no $1" ;;
    esac
    shift
  done
}

# Where everything goes. One line breaks what is read line by line here, so no path may have several.
find_places() {
  case ${HOME:-} in
    /*) ;;
    *) fail "HOME is not set to a folder, so there is no place to install to. Set it: HOME=/home/you sh install.sh" ;;
  esac
  case ${XDG_DATA_HOME:-} in
    /*) share=$XDG_DATA_HOME ;;
    *) share=$HOME/.local/share ;;
  esac
  # as src/system/user-folder.ts has it
  case $(uname -s) in
    Darwin) data="$HOME/Library/Application Support/cord" config=$HOME/Library/Preferences/cord ;;
    *) data=$share/cord config=${XDG_CONFIG_HOME:-$HOME/.config}/cord ;;
  esac
  receipt=$data/installed.json
  bin=${bin:-${CORD_BIN:-$HOME/.local/bin}}
  case $bin in
    /*) ;;
    *) bin=$(pwd)/$bin ;;
  esac
  while [ "$bin" != "${bin%/}" ]; do bin=${bin%/}; done
  path=$bin/cord
  case $path$data in
    *"$newline"*) fail "A path with a line break in it can not be installed to. Take another with --to." ;;
  esac
  # macOS's sudo leaves HOME as it is
  if [ "$(id -u)" = 0 ] && [ "${SUDO_USER:-root}" != root ] && [ "$(owner_of "$HOME")" != 0 ]; then
    fail "This is root in the home folder of $SUDO_USER, who could not change what root puts there. Run it without sudo."
  fi
}

newline='
'
tab=$(printf '\t')
staging='' made='' child='' laid=''

install() {
  find_releases
  find_target
  find_tools
  look_at_target
  make_staging
  case $wanted in
    '') from=$base/latest/download ;;
    *) from=$base/download/v$wanted ;;
  esac
  say "cord ${wanted:+$wanted }for $target"
  archive=cord-$target.tar.gz
  load "$from/SHA256SUMS" "$staging/sums" 2048 quiet
  read_sum
  say "  loading      $from/$archive"
  load "$from/$archive" "$staging/archive" 1048576 shown
  check_sum
  unpack
  try
  lay_all
  commit
  tell
}

# The releases: a GitHub repository's, or another base. Only https, but on this machine.
find_releases() {
  base=${CORD_RELEASES:-}
  case $base$repository in
    "{{"*) fail "This copy of install.sh belongs to no release. Say where to load from: CORD_RELEASES=https://github.com/OWNER/REPO/releases sh install.sh" ;;
  esac
  case $repository in
    "{{"*) ;;
    *)
      base=${base:-https://github.com/$repository/releases}
      wanted=${wanted:-$filled_version}
      ;;
  esac
  base=${base%/}
  case $base in
    https://*) is_loopback=no ;;
    http://127.0.0.1[:/]* | http://localhost[:/]* | "http://[::1]"[:/]*) is_loopback=yes ;;
    *) fail "CORD_RELEASES is $base, and only https:// is safe to load from. Give an address that begins with it." ;;
  esac
  wanted=${wanted#v}
  case $wanted in
    '') ;;
    *[!0-9A-Za-z.+-]* | [!0-9]*) misuse "\"$wanted\" is no version such as 1.2.3" ;;
  esac
}

# The platform as the name of a target, as src/core/targets.ts has them.
find_target() {
  system=$(uname -s) machine=$(uname -m)
  case $system in
    Linux | Darwin) ;;
    MINGW* | MSYS* | CYGWIN*) fail "This is Windows. In PowerShell, run: irm ${base:-…}/latest/download/install.ps1 | iex" ;;
    *) fail "There is no cord for $system: it is made for Linux, macOS and Windows. Where Linux programs run, install it there." ;;
  esac
  case $machine in
    x86_64 | amd64) arch=x64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) fail "There is no cord for a processor of the kind $machine: it needs 64 bits, x86-64 or arm64." ;;
  esac
  if [ "$system" = Linux ]; then find_linux; else find_macos; fi
}

find_linux() {
  # a system of 32 bits on a processor of 64
  if [ "$(getconf LONG_BIT 2>/dev/null || echo 64)" = 32 ]; then
    fail "This Linux is one of 32 bits on a 64-bit processor, and cord needs one of 64 bits."
  fi
  [ "$(uname -o 2>/dev/null)" != Android ] ||
    fail "There is no cord for Android itself. In Termux, install it in a Linux of proot-distro."
  target=linux-$arch
  if is_musl; then
    target=$target-musl
    [ $arch != x64 ] || has_avx2 ||
      fail "This processor is too old for the cord of this Linux: with musl, it needs AVX2 (2013 and later). One with glibc, such as Debian, has a cord for older ones."
  elif [ $arch = x64 ] && ! has_avx2; then
    target=linux-x64-baseline
  fi
}

# By ldd, which says whose it is; glibc's loader may lie on a system of musl (gcompat), and musl's on one of glibc.
is_musl() {
  case $(ldd --version 2>&1) in
    *musl*) return 0 ;;
    *GNU* | *GLIBC* | *glibc*) return 1 ;;
  esac
  for loader in /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1; do
    if [ -e $loader ]; then return 1; fi
  done
  for loader in /lib/ld-musl-*.so.1; do
    if [ -e "$loader" ]; then return 0; fi
  done
  return 1
}

# Bun's programs need it, but for the baseline ones. Where nobody says, the trial of the program does.
has_avx2() {
  [ ! -r /proc/cpuinfo ] || grep -q -w avx2 /proc/cpuinfo
}

find_macos() {
  # a shell under Rosetta says x86_64 on Apple's own processors
  if [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" = 1 ]; then arch=arm64; fi
  case $arch-$(sysctl -n machdep.cpu.leaf7_features 2>/dev/null) in
    arm64-* | x64-*AVX2* | x64-) ;;
    *) fail "This Mac's processor is too old: cord needs AVX2, which Macs have from 2013 on." ;;
  esac
  target=darwin-$arch
}

# Of several programs that do the same, the first that is there.
find_tools() {
  loader=''
  if has curl; then loader=curl; elif has wget; then loader=wget; fi
  [ -n "$loader" ] || fail "Neither curl nor wget is here to load cord with. Install one of them, such as by: apt install curl"
  summer=''
  for tool in sha256sum shasum openssl; do
    if [ -z "$summer" ] && has $tool; then summer=$tool; fi
  done
  [ -n "$summer" ] || fail "None of sha256sum, shasum and openssl is here to check what was loaded. Install one of them, such as by: apt install coreutils"
  for tool in tar gzip; do
    has $tool || fail "$tool is not here to unpack cord with. Install it, such as by: apt install $tool"
  done
}

# What is in the place of the program may be replaced if it is a cord, or is what this script has put there.
look_at_target() {
  old_path='' old_version='' kept=''
  if [ -f "$receipt" ]; then
    old_path=$(in_receipt path)
    old_version=$(in_receipt version)
  fi
  if [ -d "$path" ]; then fail "$path is a folder, where the program is to go. Move it away, or take another place with --to."; fi
  if [ -e "$path" ] || [ -L "$path" ]; then
    if [ -L "$path" ]; then say "  replacing    the link $path (what it points to stays)"; fi
    if [ "$old_path" != "$path" ]; then
      kept=$("$path" version </dev/null 2>/dev/null)
      case $kept in
        "cord "[0-9]*) old_version=${kept#cord } && old_version=${old_version%% *} ;;
        *) fail "$path is there, and it is another program. Move it away, or take another place with --to." ;;
      esac
    fi
  fi
}

# A folder beside the program's place, so that putting it there is a rename on one file system.
make_staging() {
  make_folder "$bin"
  staging=$bin/.cord-install.$$
  (umask 077 && mkdir "$staging") 2>/dev/null || {
    staging=''
    fail "Nothing can be written into $bin. Take a folder of yours: sh install.sh --to FOLDER"
  }
}

# Notes the highest folder that it makes, the newest first: what is empty again when this fails is taken away.
make_folder() {
  if [ -d "$1" ]; then return; fi
  top=$1
  while [ ! -d "$(dirname "$top")" ]; do top=$(dirname "$top"); done
  made=$top$tab$1$newline$made
  mkdir -p "$1" 2>/dev/null || fail "The folder $1 cannot be made. Look at what is at $top, or take another place with --to."
}

# load URL FILE BLOCKS quiet|shown: at most so many blocks of 512 bytes. It runs beside this shell, which so hears
# Ctrl-C, and in place of its subshell, so that it is the one that is ended then.
load() {
  (
    exec 3>&2 >"$staging/log" 2>&1
    ulimit -f "$3" 2>/dev/null
    load_by_$loader "$1" "$2" "$4"
  ) &
  child=$!
  wait $child
  code=$?
  child=''
  if [ $code != 0 ]; then
    fail "$1 could not be loaded: $(why $code). Look whether you are on line, whether a proxy is needed (https_proxy), and whether that release is there."
  fi
  # curl refuses these by itself
  if [ "$is_loopback" = no ] && grep -q -i '^ *location: *http:' "$staging/log"; then
    fail "$1 leads to an address without encryption, where anybody can answer. Install curl, and try again."
  fi
  if grep -q 'certificate validation not implemented' "$staging/log"; then
    fail "This wget checks no certificates, so anybody can answer in place of the server. Install curl, and try again."
  fi
}

# A server that falls silent is given up after 20 seconds, one that dribbles after half an hour.
load_by_curl() {
  url=$1 file=$2 look=$3
  set -- --fail --location --max-redirs 5 --connect-timeout 10 --speed-limit 1000 --speed-time 20 --max-time 1800 --retry 2
  case $is_loopback in
    yes) set -- "$@" --noproxy '*' --proto '=http,https' ;;
    *) set -- "$@" --proto '=https' --tlsv1.2 ;;
  esac
  if [ "$look" = shown ] && [ -t 3 ]; then
    exec curl "$@" --progress-bar --output "$file" "$url" 2>&3
  else
    exec curl "$@" --silent --show-error --output "$file" "$url"
  fi
}

load_by_wget() {
  url=$1 file=$2
  case $(wget --version 2>/dev/null) in
    *"GNU Wget"*)
      set -- --no-verbose --tries=3 --waitretry=1 --timeout=20 --max-redirect=5
      if [ "$is_loopback" = yes ]; then set -- "$@" --no-proxy; fi
      ;;
    *)
      # busybox's, which tries once
      set -- -q -T 20
      if [ "$is_loopback" = yes ]; then set -- "$@" -Y off; fi
      ;;
  esac
  if has timeout; then set -- timeout 1800 wget "$@"; else set -- wget "$@"; fi
  # -S: where it was led to is looked at afterwards
  exec "$@" -S -O "$file" "$url"
}

# What a program had to say about its failure, on one line, without what could control a terminal.
why() {
  case $1 in
    153) echo "it is larger than it may be" && return ;;
    124) echo "it took longer than half an hour" && return ;;
  esac
  said=$(tr -d '\000-\010\013-\037\177' <"$staging/log" 2>/dev/null | grep . | tail -n 1)
  case $said in
    '') echo "exit code $1" ;;
    *) printf '%s\n' "${said%.}" ;;
  esac
}

# The one line of the sums that names the archive.
read_sum() {
  sum='' lines=0
  while read -r digest name || [ -n "$digest" ]; do
    case $name in
      "$archive" | "*$archive") sum=$digest lines=$((lines + 1)) ;;
    esac
  done <"$staging/sums"
  if [ $lines != 1 ] || [ ${#sum} != 64 ]; then
    fail "$from/SHA256SUMS has no sum of $archive, so it cannot be checked: perhaps that release has no cord for $target. Nothing was installed."
  fi
  case $sum in
    *[!0-9a-f]*) fail "$from/SHA256SUMS is damaged: it has no sum of $archive. Try again later. Nothing was installed." ;;
  esac
}

check_sum() {
  case $summer in
    sha256sum) is=$(sha256sum <"$staging/archive") ;;
    shasum) is=$(shasum -a 256 <"$staging/archive") ;;
    *) is=$(openssl dgst -sha256 -r <"$staging/archive") ;;
  esac
  is=${is%% *}
  if [ "$is" != "$sum" ]; then
    fail "What came as $archive is not what was released: its sha256 is $is, and $sum was promised. Try again; if it stays so, tell the project. Nothing was installed."
  fi
  say "  checked      sha256 $sum"
}

# Files and folders below cord-VERSION-TARGET/ and nothing else, all looked at before anything is written.
unpack() {
  tar -tzf "$staging/archive" >"$staging/names" 2>"$staging/log" || bad_archive
  tar -tvzf "$staging/archive" >"$staging/kinds" 2>"$staging/log" || bad_archive
  folder=''
  while read -r name; do
    name=${name#./}
    folder=${folder:-${name%%/*}}
    case /$name/ in
      */../* | "//"*) refuse_name ;;
      "/$folder/"*) ;;
      *) refuse_name ;;
    esac
  done <"$staging/names"
  while read -r kind; do
    case $kind in
      -* | d*) ;;
      *) refuse_name ;;
    esac
  done <"$staging/kinds"
  version=${folder#cord-} && version=${version%-"$target"}
  case $folder-$version in
    "cord-${wanted:-$version}-$target-"[0-9]*) ;;
    *) fail "The archive has \"$folder\" in it, and cord ${wanted:-} for $target was expected. Tell the project. Nothing was installed." ;;
  esac
  # o: as whoever unpacks it, also when that is root
  tar -xozf "$staging/archive" -C "$staging" 2>"$staging/log" || bad_archive
  rm -f "$staging/archive"
  unpacked=$staging/$folder
  if [ ! -f "$unpacked/cord" ]; then fail "There is no cord in $archive. Tell the project. Nothing was installed."; fi
}

bad_archive() {
  fail "$archive cannot be unpacked in $bin: $(why $?). It needs 200 MB there for a moment; is the disk full? Nothing was installed."
}

refuse_name() {
  fail "$archive has something in it that does not belong there: $(printf '%s' "${name:-} ${kind:-}" | tr -d '\000-\037\177'). Tell the project. Nothing was installed."
}

# It may not start here: too old a processor or system, or a folder from which nothing may be started.
try() {
  chmod 755 "$unpacked/cord"
  said=$("$unpacked/cord" --version </dev/null 2>"$staging/log")
  code=$?
  if [ "$said" = "$version" ]; then return; fi
  case $code in
    0) reason="it says that it is \"$said\"" ;;
    126) reason="the system refuses to start programs in $bin; take another place with --to" ;;
    132) reason="this processor is too old for it; there may be a baseline archive beside it, to unpack by hand" ;;
    *) reason="$(why $code)" ;;
  esac
  fail "cord $version for $target does not start here: $reason. Nothing was installed."
}

# All of it, beside its places. Whoever runs out of room here has changed nothing.
lay_all() {
  lay "$unpacked/completions/cord.bash" "$share/bash-completion/completions/cord"
  lay "$unpacked/completions/_cord" "$share/zsh/site-functions/_cord"
  lay "$unpacked/completions/cord.fish" "$share/fish/vendor_completions.d/cord.fish"
  lay "$unpacked/man/cord.1" "$share/man/man1/cord.1"
  make_folder "$data"
  # as src/client/kept-folder.ts has it
  chmod 700 "$data" 2>/dev/null
  if [ -d "$receipt" ]; then fail "$receipt is a folder, where cord keeps a file. Move it away."; fi
  write_receipt >"$staging/receipt" || no_room "$receipt"
  files=$laid
  lay "$staging/receipt" "$receipt"
  receipt_line=${laid#"$files"}
  sync "$unpacked/cord" 2>/dev/null
  # the program before the receipt, which speaks of it
  laid=$files$unpacked/cord$tab$path$newline$receipt_line
}

# An older release may lack one of them.
lay() {
  if [ ! -f "$1" ]; then return; fi
  if [ -d "$2" ]; then
    say "  left out     $2, which is a folder"
    return
  fi
  make_folder "$(dirname "$2")"
  laid=$laid$2.cord-new.$$$tab$2$newline
  cp "$1" "$2.cord-new.$$" 2>"$staging/log" || no_room "$2"
}

no_room() {
  fail "$1 cannot be written: $(why 1). Nothing was installed."
}

# docs/install.md has its form: one string a line, as in_receipt and uninstall read it, and cord upgrade writes it.
write_receipt() {
  printf '{\n  "from": %s,\n  "target": %s,\n  "version": %s,\n  "path": %s,\n  "files": [' \
    "$(json "$base")" "$(json "$target")" "$(json "$version")" "$(json "$path")"
  before=''
  printf '%s' "$laid" | {
    while IFS=$tab read -r _ place; do
      printf '%s\n    %s' "$before" "$(json "$place")"
      before=,
    done
    printf '\n  ]\n}\n'
  }
}

json() {
  printf '"%s"' "$(printf '%s' "$1" | sed 's/["\\]/\\&/g')"
}

# From here on nothing stops it: renames only, which take no room and are whole or not at all. A cord that runs goes on.
commit() {
  trap '' HUP INT TERM
  printf '%s' "$laid" >"$staging/laid" || no_room "$staging/laid"
  while IFS=$tab read -r new place; do
    mv -f "$new" "$place" 2>"$staging/log" || fail "$place cannot be put in its place: $(why $?). Run this again once that is mended."
  done <"$staging/laid"
  made='' laid=''
}

tell() {
  case $old_version in
    '' | "$version") say "  installed    $path" ;;
    *) say "  upgraded     $path: $old_version → $version. A daemon of $old_version that runs is handed over at the next command." ;;
  esac
  say "  completions  $share/{bash-completion,zsh,fish}" "  man page     $share/man/man1/cord.1"
  if [ -n "$old_path" ] && [ "$old_path" != "$path" ] && [ -e "$old_path" ]; then
    say "" "An older cord stays at $old_path. Remove it: rm \"$old_path\""
  fi
  case :${PATH:-}: in
    *:"$bin":*)
      first=$(command -v cord)
      if [ "$first" != "$path" ]; then say "" "Another cord comes first in your PATH: $first. Remove it, or put $bin before its folder."; fi
      ;;
    *) tell_path ;;
  esac
  if [ -z "$old_version" ]; then
    case ${SHELL:-} in
      */zsh) say "" "For completions, put this before compinit in ${ZDOTDIR:-$HOME}/.zshrc:" "  fpath=(\"$share/zsh/site-functions\" \$fpath)" ;;
    esac
    say "" "Begin in a project of yours with: cord init"
  fi
}

tell_path() {
  shown=$bin
  case $bin in
    "$HOME"/*) shown="\$HOME${bin#"$HOME"}" ;;
  esac
  line="export PATH=\"$shown:\$PATH\""
  case ${SHELL:-} in
    */fish) line="fish_add_path \"$shown\"" file='' ;;
    */zsh) file=${ZDOTDIR:-$HOME}/.zshrc ;;
    */bash) if [ "$(uname -s)" = Darwin ]; then file=$HOME/.bash_profile; else file=$HOME/.bashrc; fi ;;
    *) file=$HOME/.profile ;;
  esac
  say "" "$bin is not in your PATH. ${file:+Put this at the end of $file, and open a new terminal}${file:-Run this once}:" "  $line"
}

# Takes away exactly what the receipt names, and the receipt.
uninstall() {
  if [ ! -f "$receipt" ]; then
    fail "There is no $receipt, so this script has installed no cord here. One of Homebrew goes by: brew uninstall cord"
  fi
  path=$(in_receipt path)
  case $path in
    /*) ;;
    *) fail "$receipt is damaged: it names no program. Remove it, and cord, by hand." ;;
  esac
  # one that nobody needs any more, and whose program is gone
  if [ -x "$path" ] && [ ! -d "$path" ]; then "$path" daemon stop </dev/null >/dev/null 2>&1; fi
  take_away "$path"
  sed -n 's/^    "\(.*\)",\{0,1\}$/\1/p' "$receipt" | unescaped | while IFS= read -r place; do
    case $place in
      /*) take_away "$place" ;;
    esac
  done
  rm -f "$receipt" || fail "$receipt cannot be removed. Remove it by hand."
  if [ -e "$path" ] && [ ! -d "$path" ]; then fail "$path cannot be removed. Remove it by hand."; fi
  say "" "Your tasks, runs and token stay in $data" "and your settings in $config" "Remove these two folders, and nothing is left."
}

take_away() {
  if [ -d "$1" ] && [ ! -L "$1" ]; then
    say "  left         $1, which is a folder"
  elif [ -e "$1" ] || [ -L "$1" ]; then
    rm -f "$1" && say "  removed      $1"
  fi
}

in_receipt() {
  sed -n 's/^  "'"$1"'": "\(.*\)",\{0,1\}$/\1/p' "$receipt" | unescaped
}

unescaped() {
  sed 's/\\\(["\\]\)/\1/g'
}

has() {
  command -v "$1" >/dev/null 2>&1
}

# As a number. The one way that POSIX has.
owner_of() {
  # shellcheck disable=SC2012
  ls -ldn "$1" | {
    read -r _ _ owner _
    echo "$owner"
  }
}

say() {
  printf '%s\n' "$@"
}

misuse() {
  printf 'install.sh: %s. See: sh install.sh --help\n' "$1" >&2
  exit 64
}

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit 1
}

# What was begun, and is not done.
clean_up() {
  code=$?
  trap - EXIT
  if [ -n "$child" ]; then kill "$child" 2>/dev/null; fi
  printf '%s' "$laid" | while IFS=$tab read -r new _; do rm -f "$new"; done
  if [ -n "$staging" ]; then rm -rf "$staging"; fi
  printf '%s' "$made" | while IFS=$tab read -r top low; do
    while rmdir "$low" 2>/dev/null && [ "$low" != "$top" ]; do low=$(dirname "$low"); done
  done
  exit $code
}

stop_by() {
  printf '\ninstall.sh: stopped. Nothing was installed.\n' >&2
  exit "$1"
}

main "$@"
