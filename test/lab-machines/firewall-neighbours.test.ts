import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { renderRuleset } from '../../src/lab/network/firewall.ts';
import { labNames } from '../../src/lab/network/naming.ts';
import { subnetOf } from '../../src/lab/network/subnet.ts';

const names = labNames('neighbours');
const subnet = subnetOf(3);
const canUseNamespaces = (() => {
  try {
    execFileSync('unshare', ['-n', 'sh', '-c', 'ip link add x type bridge && nft add table inet x'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
})();

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pressluft-neighbours-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Who reaches a service on the bridge of a lab, whose host has a neighbour with a route to it. All in namespaces that end with the script. */
function reached(ruleset: string): string[] {
  writeFileSync(join(directory, 'ruleset'), ruleset);
  writeFileSync(
    join(directory, 'script'),
    `set -eu
cleanup() { kill $peers $service 2>/dev/null || true; }
trap cleanup EXIT
ip link set lo up
ip link add ${names.bridge} type bridge
ip addr add ${subnet.hostAddress}/24 dev ${names.bridge}
ip link set ${names.bridge} up
peers=""
service=""
# A namespace lives as long as a process in it.
unshare -n sleep 60 & neighbour=$!
unshare -n sleep 60 & machine=$!
peers="$neighbour $machine"
for pid in $neighbour $machine; do
  while [ "$(readlink /proc/$pid/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do :; done
done
ip link add wan type veth peer name eth0 netns $neighbour
ip addr add 192.0.2.1/24 dev wan
ip link set wan up
ip link add port type veth peer name eth0 netns $machine
ip link set port master ${names.bridge} up
inside() { pid=$1; shift; nsenter -t $pid -n "$@"; }
inside $neighbour ip addr add 192.0.2.2/24 dev eth0
inside $neighbour ip link set eth0 up
inside $neighbour ip route add ${subnet.cidr} via 192.0.2.1
inside $machine ip addr add ${subnet.addressOf(10)}/24 dev eth0
inside $machine ip link set eth0 up
nft -f ${directory}/ruleset
cd ${directory}
rm -f listening
python3 -c '
import socket
with socket.create_server(("${subnet.hostAddress}", 8080)) as server:
    open("listening", "w").close()
    while True:
        server.accept()[0].close()' & service=$!
while [ ! -e listening ]; do :; done
try='import socket; socket.create_connection(("${subnet.hostAddress}", 8080), 20).close()'
python3 -c "$try" && echo host
inside $machine python3 -c "$try" && echo machine
inside $neighbour python3 -c "$try" 2>/dev/null && echo neighbour
true
`,
  );
  return execFileSync('unshare', ['-n', 'sh', join(directory, 'script')], { encoding: 'utf8' })
    .trim()
    .split('\n');
}

test.skipIf(!canUseNamespaces)('a neighbour of the host does not reach the services of a lab', () => {
  expect(reached('')).toEqual(['host', 'machine', 'neighbour']);
  expect(reached(renderRuleset(names, subnet, []))).toEqual(['host', 'machine']);
});
