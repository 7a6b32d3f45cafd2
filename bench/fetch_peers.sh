#!/usr/bin/env bash
# Unpacks Debian 13's haproxy, nginx and nghttpx, with their own OpenSSL and C library, into a folder, for
# `bench/pair.py --peer-root FOLDER`. Nothing is installed: Debian 12's OpenSSL 3.0 is about half as
# fast at handshakes, which would flatter us. usage: bench/fetch_peers.sh FOLDER
set -euo pipefail
(($# == 1)) || { echo "usage: $0 FOLDER" >&2; exit 2; }
mkdir -p "$1"/apt/{lists/partial,cache/archives/partial} "$1/debs"
cd "$1"
here=$PWD

cat >apt/trixie.sources <<TEXT
Types: deb
URIs: http://deb.debian.org/debian
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
TEXT
# A private apt: its own sources, lists and cache; the machine's stay as they are.
apt=(apt-get -qq -o "Dir::Etc::SourceList=$here/apt/trixie.sources" -o Dir::Etc::SourceParts=/dev/null
  -o Dir::Etc::PreferencesParts=/dev/null -o Dir::State::status=/dev/null
  -o "Dir::State::lists=$here/apt/lists" -o "Dir::Cache=$here/apt/cache")
"${apt[@]}" update
(cd debs && "${apt[@]}" download haproxy nginx libnginx-mod-stream libssl3t64 libc6 libcrypt1 libpcre2-8-0 \
  zlib1g liblua5.4-0 libopentracing-c-wrapper0t64 libjemalloc2 libgcc-s1 libstdc++6 libzstd1 \
  nghttp2-proxy libnghttp2-14 libev4t64 libcares2 libsystemd0 libcap2)
for deb in debs/*.deb; do
  dpkg -x "$deb" .
done
echo "unpacked: $(ls debs | grep -E '^(haproxy|nginx|nghttp2|libssl3)' | tr '\n' ' ')"
