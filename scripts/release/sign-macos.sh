#!/bin/sh
# The binaries for macOS of a release, on a Mac: sign-macos.sh check FOLDER holds their signatures against what macOS
# accepts; sign-macos.sh sign FOLDER signs them by a Developer ID, has Apple notarize them, and puts them into their
# archives. For that the environment has APPLE_CERTIFICATE_P12 and APPLE_NOTARY_KEY_P8 (base64), and what belongs to them.
# The keychain is the run's own and gone afterwards, and the keys lie in no file for longer than they are read.
set -eu
action=${1:?usage: sign-macos.sh check|sign FOLDER}
folder=$(cd "${2:?usage: sign-macos.sh check|sign FOLDER}" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/cord-sign.XXXXXX")
keychain=$scratch/cord.keychain-db

main() {
  trap clean_up EXIT
  umask 077
  [ "$action" = check ] || open_keychain
  for target in darwin-arm64 darwin-x64; do
    sh "$here/unpack.sh" "$folder/cord-$target" "$scratch/$target"
    program=$scratch/$target/cord
    codesign --verify --strict --verbose=2 "$program"
    [ "$action" = check ] || signed "$target" "$program"
  done
}

open_keychain() {
  password=$(uuidgen)
  security create-keychain -p "$password" "$keychain"
  security set-keychain-settings -lut 3600 "$keychain"
  security unlock-keychain -p "$password" "$keychain"
  printf '%s' "$APPLE_CERTIFICATE_P12" | base64 --decode >"$scratch/certificate.p12"
  security import "$scratch/certificate.p12" -k "$keychain" -P "$APPLE_CERTIFICATE_PASSWORD" -T /usr/bin/codesign
  rm "$scratch/certificate.p12"
  security set-key-partition-list -S apple-tool:,apple: -s -k "$password" "$keychain" >"$scratch/out"
  printf '%s' "$APPLE_NOTARY_KEY_P8" | base64 --decode >"$scratch/notary.p8"
}

# A bare program cannot be stapled: macOS asks Apple about it by its sum.
signed() {
  codesign --force --options runtime --timestamp --keychain "$keychain" --sign "$APPLE_SIGNING_IDENTITY" \
    --entitlements "$here/entitlements.plist" "$2"
  codesign --verify --strict --verbose=2 "$2"
  ditto -c -k "$2" "$scratch/$1.zip"
  xcrun notarytool submit "$scratch/$1.zip" --wait --timeout 30m --key "$scratch/notary.p8" \
    --key-id "$APPLE_NOTARY_KEY_ID" --issuer "$APPLE_NOTARY_ISSUER"
  node "$here/../bun.mjs" scripts/release.ts replace "$1" "$2" --repository "$GITHUB_REPOSITORY" --out "$folder"
}

clean_up() {
  [ ! -f "$keychain" ] || security delete-keychain "$keychain"
  rm -rf "$scratch"
}

main
