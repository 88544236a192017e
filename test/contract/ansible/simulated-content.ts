import type { AnsibleRequest } from '../../../src/ports/ansible.ts';
import type { AtWork, Outcomes } from '../../sim/machines/module.ts';
import { ModuleFailure } from '../../sim/machines/module.ts';
import type { PlayTask, TaskResult } from '../../sim/machines/play-tasks.ts';

/** The simulated form of the playbook in `test-content.ts`; its file is a value. */
export function simulatedContent(file: { text: string }): (request: AnsibleRequest) => readonly PlayTask[] {
  return ({ vars }) => {
    const { do: action } = vars.pressluft_node as { readonly do: string };
    const [{ title } = { title: '' }] = vars.pressluft_environments as readonly { readonly title: string }[];
    const task = (
      name: string,
      actions: readonly string[],
      work: (at: AtWork) => Promise<Partial<TaskResult>>,
    ): PlayTask => ({
      name,
      role: null,
      skipped: !actions.includes(action),
      locks: false,
      work: async (at) => ({ changed: false, outcomes: null, final: false, data: null, ...(await work(at)) }),
    });
    return [
      task('Copy', ['copy', 'copy-and-sleep'], async ({ check }) => {
        const changed = file.text !== title;
        if (!check) file.text = title;
        return { changed };
      }),
      task('Report', ['copy'], async () => ({ final: true, data: { seen: title }, outcomes: reported })),
      task('Fail', ['fail'], async () => {
        throw new ModuleFailure(title);
      }),
      task('Crash', ['crash'], async ({ run }) => {
        run.die();
        return {};
      }),
      task('Sleep', ['sleep', 'copy-and-sleep'], async (at) => {
        await at.pass(60_000);
        return {};
      }),
    ];
  };
}

const reported: Outcomes = new Map([
  [
    'acme',
    {
      steps: [{ step: 'one', changed: false, durationMs: 1, message: '' }],
      error: null,
      changedOverall: false,
    },
  ],
]);
