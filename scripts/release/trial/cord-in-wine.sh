#!/bin/sh
# cord.exe as started.sh calls it on a machine with Wine: paths get a drive, as Git's shell on Windows gives them one.
[ -z "${XDG_DATA_HOME:-}" ] || export XDG_DATA_HOME="Z:$XDG_DATA_HOME"
[ -z "${CORD_DB:-}" ] || export CORD_DB="Z:$CORD_DB"
export WINEPREFIX=/home/wine WINEARCH=win64 WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml,winemenubuilder.exe="
exec /usr/lib/wine/wine64 'Z:\cord\cord.exe' "$@"
