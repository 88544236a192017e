import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliHarness, cliHarness } from '../support/cli-harness.ts';
import { environmentFile, fleetFiles } from './fleet-files.ts';

const environment = 'environments/acme-production.yaml';
const sound: Readonly<Record<string, string>> = {
  ...fleetFiles,
  [environment]: `${environmentFile('acme-production', '256M')}  deletionPolicy: delete\n`,
};
const changed = (path: string, from: string, to: string) => ({
  [path]: (sound[path] ?? '').replace(from, to),
});

let cli: CliHarness;
beforeAll(async () => {
  cli = await cliHarness();
  await cli.repository.commit(sound);
  expect((await cli.run(['reconcile'])).code).toBe(0);
});
afterAll(() => cli.close());

const plan = (...args: readonly string[]) => cli.run(['plan', '--observed', 'status', ...args]);
/** What a plan of a broken manifest must not speak of. */
const alarm = /delet|Would:|cannot be undone|take out of service|\blost\b/;

test.each([
  [
    'a typo in a reference',
    changed(environment, 'node: web-1', 'node: web-11'),
    'its manifest is broken: there is no Node "web-11" (PL1050)',
    `${environment}:6:9`,
  ],
  [
    'a typo in a field',
    changed(environment, 'memoryLimit', 'memoryLimt'),
    'its manifest is broken: unknown field "memoryLimt" in spec.php (PL1030)',
    `${environment}:12:5`,
  ],
  [
    'a broken site',
    changed('sites/acme.yaml', 'title', 'titel'),
    'the manifest of site/acme, which it depends on, is broken: spec lacks the field "title" (PL1032)',
    'sites/acme.yaml:4:1',
  ],
  [
    'a broken node',
    changed('nodes/web-1.yaml', 'hostKey', 'hostkey'),
    'the manifest of node/web-1, which it depends on, is broken:',
    'nodes/web-1.yaml:',
  ],
])(
  'the plan of %s says what is broken and where, and speaks of no deletion',
  async (_, files, message, place) => {
    await cli.repository.commit({ ...sound, ...files });
    const text = await plan();
    const flat = text.stdout.replace(/\s+/g, ' ');
    expect(text.code).toBe(2);
    expect(flat).toContain('! environment/acme-production environment.converge Quarantined');
    for (const part of [message, `cause ${place}`, 'Until then it is left unchanged'])
      expect(flat).toContain(part);
    const markdown = await plan('--format', 'markdown');
    expect(markdown.stdout).toContain(`- Cause: \`${place}`);
    const merge = await plan('--base', 'main~1', '--ref', 'main');
    expect(merge.stdout.replace(/\s+/g, ' ')).toContain(message);
    const json = await plan('--format', 'json');
    expect(JSON.parse(json.stdout).blocked).toContainEqual(
      expect.objectContaining({
        resource: 'environment/acme-production',
        kind: 'environment.converge',
        reason: 'Quarantined',
        message: expect.stringContaining(message),
        needsPerson: true,
        action: null,
      }),
    );
    for (const { stdout } of [text, markdown, merge, json]) expect(stdout).not.toMatch(alarm);

    expect((await cli.run(['reconcile'])).code).toBe(2);
    const explained = (await cli.run(['explain', 'environment/acme-production'])).stdout;
    expect(explained).toContain(message);
    expect(explained).toContain(place.split(':').slice(0, 2).join(':'));
    expect(explained).not.toMatch(/environment\.delete|cannot be undone/);
  },
);

test('after the repair everything is as described', async () => {
  await cli.repository.commit(sound);
  const { code, stdout } = await cli.run(['reconcile']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('The fleet is as described.')]);
  expect(cli.nodes.playbooks).not.toContain('environment-delete');
});
