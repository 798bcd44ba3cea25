#!/bin/sh
# Browser tests use the system's Chromium, best the build without windows: its pages take a seventh less of the processor.
# Without it they are skipped and counted.
command -v chromium-headless-shell >/dev/null && exit 0
command -v chromium >/dev/null && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Chromium is missing, so the browser tests will be skipped. To run them: sudo apt-get install chromium-headless-shell" >&2
    exit 0
fi
log=$(mktemp)
get() {
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$1" >>"$log" 2>&1
}
echo "Installing chromium with apt-get, for the browser tests (once)." >&2
if DEBIAN_FRONTEND=noninteractive apt-get -qq update >"$log" 2>&1 && { get chromium-headless-shell || get chromium; }; then
    rm -f "$log"
    exit 0
fi
tail -n 5 "$log" >&2
rm -f "$log"
echo "Chromium could not be installed, so the browser tests will be skipped." >&2
