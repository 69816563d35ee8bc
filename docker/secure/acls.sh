#!/usr/bin/env bash
# Kafka's users and what each may do: a role reads and writes what its work needs, and nothing else. It may be run again at any time.
#
#   BOOTSTRAP=kafka-1:9094 ADMIN_PEM=... CA_PEM=... PASSWORDS=... docker/secure/acls.sh
#
# ADMIN_PEM: key and certificate of a super user; CA_PEM: who signs for the brokers; PASSWORDS: a folder with a file
# kafka-ROLE-password for each role; DOZOR_NAMESPACE as the processes have it; KAFKA_BIN: where kafka-acls.sh is.
set -euo pipefail
bin=${KAFKA_BIN:-/opt/kafka/bin}
dot=${DOZOR_NAMESPACE:+$DOZOR_NAMESPACE.}
group=${DOZOR_NAMESPACE:-dozor}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/client.properties" <<EOF
security.protocol=SSL
ssl.keystore.type=PEM
ssl.keystore.location=$ADMIN_PEM
ssl.truststore.type=PEM
ssl.truststore.location=$CA_PEM
EOF
topics=(service-events element-events network facts decisions contacts notices rejected page-signals audit)

until "$bin/kafka-broker-api-versions.sh" --bootstrap-server "$BOOTSTRAP" --command-config "$work/client.properties" \
  >/dev/null 2>"$work/trouble"; do
  echo "waiting for Kafka at $BOOTSTRAP: $(tail -n 1 "$work/trouble")"
  sleep 2
done

user() {
  # From a file: arguments can be seen by everybody on the machine.
  printf 'SCRAM-SHA-512=iterations=8192,password=%s\n' "$(cat "$PASSWORDS/kafka-$1-password")" >"$work/user"
  "$bin/kafka-configs.sh" --bootstrap-server "$BOOTSTRAP" --command-config "$work/client.properties" \
    --alter --entity-type users --entity-name "dozor-$1" --add-config-file "$work/user" >/dev/null
}

# allow ROLES OPERATIONS TOPICS [MORE...]: lists of words, and of arguments for kafka-acls.sh.
allow() {
  local arguments=() one
  for one in $1; do arguments+=(--allow-principal "User:dozor-$one"); done
  for one in $2; do arguments+=(--operation "$one"); done
  for one in $3; do arguments+=(--topic "$dot$one"); done
  "$bin/kafka-acls.sh" --bootstrap-server "$BOOTSTRAP" --command-config "$work/client.properties" --add --force \
    "${arguments[@]}" "${@:4}" >/dev/null
}

roles='door network service collector alerts dashboard'
for role in $roles operator; do user "$role"; done

# Each process looks at all topics when it starts: whoever is first makes them, the others check how they are kept.
allow "$roles" 'Describe DescribeConfigs Create' "${topics[*]}"
# Readers make a group for themselves, and remove it when they end.
allow 'network service collector alerts dashboard' 'Read Delete' '' --group "$group-reader-" --resource-pattern-type prefixed

# role <TAB> topics it reads <TAB> topics it writes <TAB> its group
while IFS=$'\t' read -r role reads writes own; do
  [ "$reads" = - ] || allow "$role" Read "$reads"
  [ "$writes" = - ] || allow "$role" Write "$writes"
  [ "$own" = - ] || allow "$role" Read '' --group "$group-$own"
  echo "dozor-$role: reads $reads; writes $writes; group $own"
done <<'EOF'
door	page-signals audit	service-events element-events contacts decisions rejected page-signals audit	-
network	element-events	element-events service-events network decisions rejected	network
service	service-events network	service-events facts decisions notices rejected	service
collector	facts	decisions	collector
alerts	contacts decisions notices element-events network facts	service-events element-events notices decisions rejected	alerts
dashboard	decisions facts page-signals audit	element-events page-signals audit decisions rejected	-
EOF

# Who backs up and restores, and looks into what was rejected: docker compose run --rm dozor ...
allow operator 'Describe DescribeConfigs Create Read Write' "${topics[*]}"
allow operator 'Describe Read Delete' '' --group "$group-" --resource-pattern-type prefixed
echo 'dozor-operator: all topics and groups of the installation'
