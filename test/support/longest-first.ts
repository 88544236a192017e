import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take minutes, longest first: begun last, one of them would run alone at the end. Vitest itself only knows the files' sizes on a fresh clone. */
const long: readonly string[] = [
  'test/e2e/chaos/chaos.test.ts',
  'test/e2e/node-faults.test.ts',
  'test/e2e/chaos/soak.test.ts',
  'test/e2e/image.test.ts',
  'test/e2e/provider-faults.test.ts',
  'test/e2e/nodes.test.ts',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = long.findIndex((file) => moduleId.endsWith(file));
      return place === -1 ? long.length : place;
    };
    const group = ({ project }: TestSpecification) => project.config.sequence.groupOrder;
    // The sort is stable: among the others the order stays.
    return (await super.sort(files)).toSorted((a, b) => group(a) - group(b) || rank(a) - rank(b));
  }
}
