#!/bin/sh
# Makes a certificate that nobody else trusts, for trying out: certificate.sh FOLDER [NAME]
set -eu
folder=${1:?usage: certificate.sh FOLDER [NAME]}
name=${2:-localhost}
mkdir -p "$folder"
[ ! -e "$folder/privkey.pem" ] || { echo "certificate: $folder/privkey.pem is there already; nothing was changed" >&2; exit 1; }
umask 077
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj "/CN=$name" \
  -addext "subjectAltName=DNS:$name,DNS:localhost,IP:127.0.0.1" -keyout "$folder/privkey.pem" -out "$folder/fullchain.pem" 2>/dev/null
echo "certificate: $folder/fullchain.pem, for $name, for 90 days"
