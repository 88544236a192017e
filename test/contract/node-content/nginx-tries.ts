import { execFileSync } from 'node:child_process';
import { ansibleRoot } from '../../../src/main/paths.ts';

export const siteFile = '/etc/nginx/pressluft/sites/attacker.conf';
export const snippetFile = '/etc/nginx/pressluft/snippets/attacker.conf';

/** Prints what root's files are like, and what lies where attacks would leave something. */
export const systemState = `stat -c '%n %U:%G %a' / /etc /etc/cron.d /etc/nginx /etc/ssh /var/lib /run /srv /srv/pressluft /usr/bin
ls -A /etc/cron.d; ls /etc/ld.so.preload /etc/x /tmp/x.so 2>&1; ls -A /srv /srv/pressluft; cat /etc/nginx/pressluft/sites/*.conf /etc/nginx/nginx.conf | sha256sum
systemctl is-active nginx; cat /run/nginx/nginx.pid`;

const askAll = `
import json, os, sys, tempfile
from ansible.module_utils.pressluft import nginx_test
main = open("/etc/nginx/nginx.conf").read()
site = open("${siteFile}").read()
os.makedirs("/run/pressluft", mode=0o700, exist_ok=True)
told = []
for attack in json.load(sys.stdin):
    with tempfile.TemporaryDirectory(dir="/run/pressluft") as root:
        text = site.replace("client_max_body_size", attack + "\\n\\tclient_max_body_size", 1)
        fault = nginx_test.fault(root, main, {"attacker.conf": text})
        told.append(fault and fault.message)
print(json.dumps(told))
`;

/** Prints what the test of the configuration says of each of the directives, which nobody has judged before. */
export function testedUnjudged(attacks: readonly string[]): string {
  const content = execFileSync('tar', ['-czC', ansibleRoot, 'module_utils/pressluft'], {
    maxBuffer: 8 << 20,
  });
  return `set -e
dir=/root/nginx-test; mkdir -p $dir/ansible; cd $dir
echo ${content.toString('base64')} | base64 -d | tar -xzC ansible
touch ansible/__init__.py ansible/module_utils/__init__.py
cat >run.py <<'EOF_OF_SCRIPT'
${askAll}
EOF_OF_SCRIPT
cat >attacks.json <<'EOF_OF_ATTACKS'
${JSON.stringify(attacks)}
EOF_OF_ATTACKS
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$dir python3 run.py <attacks.json
rm -r $dir`;
}
