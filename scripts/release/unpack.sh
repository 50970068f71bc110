#!/bin/sh
# Unpacks an archive of a release, named without its ending, into a folder that is not there yet, without the folder that
# all lies in: sh scripts/release/unpack.sh release/cord-linux-x64 FOLDER
set -eu
archive=${1:?usage: unpack.sh ARCHIVE FOLDER}
folder=${2:?usage: unpack.sh ARCHIVE FOLDER}

mkdir "$folder" "$folder.outer"
if [ -f "$archive.zip" ]; then
  unzip -q "$archive.zip" -d "$folder.outer"
else
  tar -xzf "$archive.tar.gz" -C "$folder.outer"
fi
mv "$folder.outer"/*/* "$folder"
rm -rf "$folder.outer"
