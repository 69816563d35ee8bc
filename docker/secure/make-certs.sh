#!/usr/bin/env bash
# Makes what docker/compose.secure.yaml needs: an authority of the installation's own, a certificate for each broker, for Redis and
# for who sets up Kafka's rights, and a password for each role. What is there already stays as it is; a certificate that is removed
# is made anew by the same authority (openssl x509 -enddate -noout -in FILE says until when one holds).
#
#   docker/secure/make-certs.sh [FOLDER]                the folder is docker/secrets unless told
set -euo pipefail
folder=${1:-$(dirname "$0")/../secrets}
mkdir -p "$folder"
# Containers read the files as users of their own, through mounts: the folder is what keeps others on this machine out.
chmod 700 "$folder"
cd "$folder"
umask 022
days_authority=3650
days=825

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

if [ ! -e ca.pem ]; then
  (umask 077 && key ca.key)
  openssl req -x509 -new -key ca.key -sha256 -days $days_authority -subj '/CN=dozor-ca' -out ca.pem \
    -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' -addext 'keyUsage=critical,keyCertSign,cRLSign'
  echo "made the authority: nobody but this script needs $folder/ca.key"
fi

# certificate FILE NAME [HOST...]: FILE.pem holds key and certificate, as Kafka reads them; FILE.key and FILE.crt the same apart.
certificate() {
  local file=$1 name=$2 hosts usage=clientAuth
  shift 2
  [ -e "$file.pem" ] && return
  hosts=$(printf 'DNS:%s,' "$@")
  [ $# -gt 0 ] && usage=serverAuth,clientAuth
  key "$file.key"
  openssl req -new -key "$file.key" -subj "/CN=$name" -out "$file.csr"
  {
    printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=%s\n' "$usage"
    [ $# -eq 0 ] || printf 'subjectAltName=%s\n' "${hosts%,}"
  } >"$file.ext"
  openssl x509 -req -in "$file.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -sha256 -days $days \
    -extfile "$file.ext" -out "$file.crt" 2>/dev/null
  cat "$file.key" "$file.crt" >"$file.pem"
  rm "$file.csr" "$file.ext"
  echo "made $folder/$file.pem"
}

# Brokers are one principal: what one may do, each may. Who sets up rights is another.
for n in 1 2 3; do certificate "kafka-$n" kafka-broker "kafka-$n" localhost; done
certificate kafka-admin kafka-admin
certificate redis redis redis localhost

password() { [ -e "$1" ] || { openssl rand -hex 32 | tr -d '\n' >"$1" && echo "made $folder/$1"; }; }

for role in door network service collector alerts dashboard operator; do password "kafka-$role-password"; done
password redis-password

if [ ! -e redis-users.acl ]; then
  # Redis holds the hash alone. What could stop or empty it is not for the roles; they ask how it is set up, to refuse a Redis
  # that forgets.
  hash=$(openssl dgst -sha256 -r <redis-password | cut -d' ' -f1)
  printf 'user default on #%s ~* &* +@all -@admin -@dangerous +info +config|get\n' "$hash" >redis-users.acl
  echo "made $folder/redis-users.acl"
fi
