#!/usr/bin/env bash
# Another user of the computer: tries the practice account at $1, with its token $2 even, and the home $3.
# Exit status 0: something was got; 1: nothing.
address=$1 token=$2 home=$3
got=1
try() {
  local what=$1
  shift
  if out=$("$@" 2>/dev/null) && [ -n "$out" ]; then
    echo "got: $what"
    got=0
  else
    echo "refused: $what"
  fi
}
try "keys of a user" curl -sf -m 5 -H "X-Hubwright-Token: $token" "http://$address/hubwright/users/starter"
try "a proof" curl -sf -m 5 "http://$address/hubwright/proof?1"
try "the record" cat "$home/practice.json"
try "the repositories" ls "$home/practice-repositories"
for pid in $(pgrep -f 'practice --json'); do
  try "the environment of $pid" cat "/proc/$pid/environ"
done
exit $got
