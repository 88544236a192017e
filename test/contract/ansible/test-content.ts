import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ansibleRoot } from '../../../src/main/paths.ts';
import type { Log } from '../../../src/ports/log.ts';

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLog };

/** A copy of the real content, with an `environment-converge` as {@link AnsibleWorld} describes it. */
export function writeTestContent(root: string, file: string): void {
  for (const part of [
    'callback_plugins',
    'module_utils',
    'library',
    'ansible.cfg',
    'launch.py',
    'requirements.txt',
  ]) {
    cpSync(join(ansibleRoot, part), join(root, part), { recursive: true });
  }
  mkdirSync(join(root, 'playbooks'), { recursive: true });
  mkdirSync(join(root, 'files'), { recursive: true });
  writeFileSync(join(root, 'files', 'probe.py'), 'print("{}")\n');
  writeFileSync(join(root, 'library', 'test_report.py'), reportModule);
  writeFileSync(join(root, 'playbooks', 'environment-converge.yml'), converge.replace('FILE', file));
}

const converge = `
- hosts: all
  gather_facts: false
  tasks:
    - name: Copy
      ansible.builtin.copy:
        content: "{{ pressluft_environments[0].title }}"
        dest: FILE
        mode: "0600"
      when: pressluft_node.do in ['copy', 'copy-and-sleep']
    - name: Report
      test_report:
        title: "{{ pressluft_environments[0].title }}"
      when: pressluft_node.do == 'copy'
    - name: Fail
      ansible.builtin.fail:
        msg: "{{ pressluft_environments[0].title }}"
      when: pressluft_node.do == 'fail'
    - name: Crash
      ansible.builtin.debug:
        msg: "{{ lookup('ansible.builtin.pipe', 'kill -9 $PPID') }}"
      when: pressluft_node.do == 'crash'
    - name: Sleep
      ansible.builtin.command: sleep 60
      changed_when: false
      when: pressluft_node.do in ['sleep', 'copy-and-sleep']
`;

const reportModule = `#!/usr/bin/python3
import os
from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule(argument_spec={"title": {"type": "str"}}, supports_check_mode=True)
module.exit_json(changed=False, pressluft={
    "final": True,
    "data": {"seen": module.params["title"], "connection": os.environ.get("SSH_CONNECTION", "")},
    "environments": {"acme": {"changed": False, "failed": False, "steps": [{"step": "one", "changed": False, "durationMs": 1}]}},
})
`;
