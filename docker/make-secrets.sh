#!/usr/bin/env bash
# Makes what docker/compose.yaml needs to know and nobody else: the keys for rejected events, a first token, Grafana's password, and
# the files with the addresses of webhooks. What is there already stays as it is.
#
#   docker/make-secrets.sh [FOLDER]                     the folder is docker/secrets unless told
#   ALERT_WEBHOOK_URL=... WATCHDOG_WEBHOOK_URL=... docker/make-secrets.sh
set -euo pipefail
folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
# Containers read the files as users of their own, through mounts: the folder is what keeps others on this machine out.
chmod 700 "$folder"
umask 022

missing() { [ ! -e "$folder/$1" ]; }

if missing dead-letters.pub.pem; then
  # The private half stays out of every container: only `dozor dead-letters` needs it.
  (umask 077 && openssl genpkey -algorithm X25519 -out "$folder/dead-letters.key.pem")
  openssl pkey -in "$folder/dead-letters.key.pem" -pubout -out "$folder/dead-letters.pub.pem"
  echo "made the keys for rejected events: keep a copy of $folder/dead-letters.key.pem in a safe place"
fi

if missing tokens.json; then
  token=dozor_$(openssl rand -base64 32 | tr '+/' '-_' | tr -d '=\n')
  hash=$(printf %s "$token" | openssl dgst -sha256 -r | cut -d' ' -f1)
  printf '[{ "name": "local", "sha256": "%s" }]\n' "$hash" >"$folder/tokens.json"
  (umask 077 && printf '%s\n' "$token" >"$folder/local.token")
  echo "made a first token that may send everything: $folder/local.token"
fi

if missing grafana-password; then
  openssl rand -hex 24 | tr -d '\n' >"$folder/grafana-password"
  echo "made the password of Grafana's user admin: $folder/grafana-password"
fi

webhook() {
  local file=$folder/$1-webhook-url
  if [ -n "$3" ]; then
    printf %s "$3" >"$file"
  elif [ ! -s "$file" ]; then
    : >"$file"
    echo "$file is empty: alerts are seen in Prometheus and Grafana only, until $2 names who is to be told"
  fi
}
webhook alert ALERT_WEBHOOK_URL "${ALERT_WEBHOOK_URL:-}"
webhook watchdog WATCHDOG_WEBHOOK_URL "${WATCHDOG_WEBHOOK_URL:-}"
