#!/usr/bin/env bash
# Another user of the computer: tries the practice account at $1, with its token $2 even, the home $3 and its process $4.
# Exit status 0: something was got; 1: nothing.
address=$1 token=$2 home=$3 pid=$4
got=1
try() {
  local what=$1
  shift
  if out=$("$@" 2>/dev/null | tr -d '\0') && [ -n "$out" ]; then
    echo "got: $what"
    got=0
  else
    echo "refused: $what"
  fi
}
try "keys of a user" curl -sf -m 5 -H "X-Hubwright-Token: $token" "http://$address/hubwright/users/starter"
try "a proof" curl -sf -m 5 "http://$address/hubwright/proof?1"
try "keys of a user by IPv6" curl -sf -m 5 -H "X-Hubwright-Token: $token" -H "Host: $address" \
  "http://[::ffff:127.0.0.1]:${address#*:}/hubwright/users/starter"
try "the record" cat "$home/practice.json"
try "the repositories" ls "$home/practice-repositories"
try "the environment of the process" cat "/proc/$pid/environ"
exit $got
