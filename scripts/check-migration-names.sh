#!/bin/sh
# A migration's name says what it changes: makemigrations -n add_connector_cable_length
unnamed=$(find . -path ./.venv -prune -o -path '*/migrations/*_auto_*.py' -print)
if [ -n "$unnamed" ]; then
    echo "Name these migrations (makemigrations -n):" >&2
    echo "$unnamed" >&2
    exit 1
fi
