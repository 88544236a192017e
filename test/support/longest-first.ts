import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take minutes, longest first: started last, one of them would run alone at the end. On a fresh clone Vitest knows only the
 * sizes of files. Those that start Git thousands of times belong here too: to start a program takes longer the more memory a process has.
 */
const long: readonly string[] = [
  'test/e2e/chaos/chaos.test.ts',
  'test/e2e/node-faults.test.ts',
  'test/e2e/provider-faults.test.ts',
  'test/e2e/loop.test.ts',
  'test/e2e/attack/compromised-node.test.ts',
  'test/e2e/chaos/soak.test.ts',
  'test/e2e/image.test.ts',
  'test/e2e/nodes.test.ts',
  'test/contract/node-content/lab.test.ts',
  'test/contract/node-content/lost-data.test.ts',
  'test/contract/node-content/observed-site.test.ts',
  'test/contract/node-content/verification.test.ts',
  'test/contract/node-content/setting-owners.test.ts',
  'test/contract/git/ssh.test.ts',
  'test/contract/git/http.test.ts',
  'test/cli/lost-servers.test.ts',
  'test/attack/canaries.test.ts',
  'test/cli/lost-manifests.test.ts',
  'test/cli/plan.test.ts',
  'test/cli/status.test.ts',
  'test/cli/history.test.ts',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = long.findIndex((file) => moduleId.endsWith(file));
      return place === -1 ? long.length : place;
    };
    const group = ({ project }: TestSpecification) => project.config.sequence.groupOrder;
    // The sort is stable: the order of the others is kept.
    return (await super.sort(files)).toSorted((a, b) => group(a) - group(b) || rank(a) - rank(b));
  }
}
