import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliHarness, cliHarness } from '../support/cli-harness.ts';
import { environmentFile, fleetFiles } from './fleet-files.ts';

/** Policy `delete`: what is wrongly planned would be lost. */
const deleted = (name: string, memory: string) =>
  `${environmentFile(name, memory, 'staging')}  deletionPolicy: delete\n`;
const alone = 'environments/acme-production.yaml';
const shared = 'environments/others.yaml';
const production = deleted('acme-production', '256M');
const [one, two] = [deleted('acme-one', '128M'), deleted('acme-two', '128M')];
const { 'environments/acme-staging.yaml': _, ...rest } = fleetFiles;
const sound = { ...rest, [alone]: production, [shared]: `${one}---\n${two}` };

let cli: CliHarness;
const at = (path: string) => join(cli.repository.dir, 'work', path);

beforeAll(async () => {
  cli = await cliHarness();
  await cli.repository.commit(sound);
  expect((await cli.run(['reconcile'])).code).toBe(0);
  await cli.repository.git('fetch', '--quiet', 'origin');
});
afterAll(() => cli.close());

interface Planned {
  /** Of a comparison. */
  readonly plan?: Planned;
  readonly actions: readonly { readonly id: string }[];
  readonly blocked: readonly {
    readonly id: string;
    readonly resource: string;
    readonly reason: string;
    readonly action: unknown;
  }[];
}

/** Applies an accident to the work tree, and returns the plan of the directory from the records. */
async function planAfter(accident: () => Promise<unknown>): Promise<Planned> {
  await accident();
  const plan = await planOf('--dir', 'work');
  await rm(at('environments'), { recursive: true });
  await mkdir(at('environments'));
  await writeFile(at(alone), production);
  await writeFile(at(shared), sound[shared]);
  return plan;
}

async function planOf(...args: readonly string[]): Promise<Planned> {
  const { stdout, stderr } = await cli.run(['plan', '--observed', 'status', '--format', 'json', ...args]);
  expect(stdout, stderr).not.toBe('');
  return JSON.parse(stdout);
}

const quarantined = ({ blocked }: Planned) =>
  blocked.filter(({ reason }) => reason === 'Quarantined').map(({ resource }) => resource);
const removals = ({ actions, blocked }: Planned) =>
  [...actions, ...blocked].filter(({ id }) => /\.(delete|retain):/.test(id)).map(({ id }) => id);

const lfsPointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'4d'.repeat(32)}\nsize 300\n`;
const write = (path: string, content: string | Uint8Array) => () => writeFile(at(path), content);
const utf16 = (bom: string) => Buffer.from(`${bom}${production}`, 'utf16le');

const accidents: Readonly<Record<string, () => Promise<unknown>>> = {
  'is empty': write(alone, ''),
  'is commented out': write(alone, production.replace(/^/gm, '# ')),
  'has carriage returns as line ends': write(alone, production.replaceAll('\n', '\r')),
  'has nothing but carriage returns behind a comment': write(
    alone,
    `# ours\n${production}`.replaceAll('\n', '\r'),
  ),
  'is a pointer of Git LFS': write(alone, lfsPointer),
  'has both sides of a conflict': write(
    alone,
    `<<<<<<< HEAD\n${production}=======\n${production}>>>>>>> topic\n`,
  ),
  'was cut in half': write(alone, production.slice(0, production.length / 2)),
  'is UTF-16 with a byte order mark': write(alone, utf16('\ufeff')),
  'is larger than the limit': write(alone, `${production}#${'x'.repeat(1024 * 1024)}\n`),
  'is of another program': write(alone, 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n'),
  'is a symbolic link': async () => {
    await rm(at(alone));
    await symlink('others.yaml', at(alone));
  },
  'is a directory': async () => {
    await rm(at(alone));
    await mkdir(at(alone));
    await writeFile(join(at(alone), '.gitkeep'), '');
  },
  'was moved and then damaged': async () => {
    await rm(at(alone));
    await writeFile(at('environments/moved.yaml'), lfsPointer);
  },
};

describe('a file that lost all its documents deletes nothing', () => {
  test.each(Object.entries(accidents))('that %s', async (_, accident) => {
    const plan = await planAfter(accident);
    expect(removals(plan)).toEqual([]);
    expect(quarantined(plan)).toContain('environment/acme-production');
    expect(plan.blocked.map(({ action }) => action)).toEqual(plan.blocked.map(() => null));
  });

  test('whose directory became a symbolic link', async () => {
    const plan = await planAfter(async () => {
      await rename(at('environments'), at('moved'));
      await rm(at('moved'), { recursive: true });
      await symlink('elsewhere', at('environments'));
    });
    expect(removals(plan)).toEqual([]);
    expect(quarantined(plan)).toHaveLength(3);
  });
});

describe('a document that is missing from a file with others', () => {
  test.each([
    ['was cut within its first line', `${one}---\napi`],
    ['was cut behind its marker', `${one}---\n`],
    ['was cut together with the end of the one before', one.slice(0, -3)],
    ['is commented out behind its marker', `${one}---\n${two.replace(/^/gm, '# ')}`],
    [
      'is of another program now',
      `${one}---\n${two.replace('pressluft.dev/v1', 'apps/v1').replace('Environment', 'Pod')}`,
    ],
  ])('is quarantined if it %s', async (_, text) => {
    const plan = await planAfter(write(shared, text));
    expect(removals(plan)).toEqual([]);
    expect(quarantined(plan)).toContain('environment/acme-two');
  });

  test.each([
    ['taken out', one],
    ['taken out, with comments left', `# ours\n${one}# two was here\n`],
    ['taken out of a file with Windows line ends', one.replaceAll('\n', '\r\n')],
  ])('is deleted if it was %s', async (_, text) => {
    const plan = await planAfter(write(shared, text));
    expect(removals(plan)).toEqual(['environment.delete:acme-two']);
    expect(quarantined(plan)).toEqual([]);
  });
});

test('what git commits in place of files is seen in commits, too, and git revert undoes it', async () => {
  const plans = [];
  for (const accident of ['is a symbolic link', 'is a directory', 'is a pointer of Git LFS']) {
    await accidents[accident]?.();
    await cli.repository.commit({}, accident);
    plans.push(await planOf(), await planOf('--base', 'HEAD^', '--ref', 'HEAD'));
    await cli.repository.git('revert', '--no-edit', 'HEAD');
    await cli.repository.commit({});
  }
  for (const plan of plans) {
    expect(removals(plan.plan ?? plan)).toEqual([]);
    expect(quarantined(plan.plan ?? plan)).toEqual(['environment/acme-production']);
  }
  expect(await planOf()).toMatchObject({ actions: [], blocked: [] });
});

test.each([
  ['was deleted', () => rm(at(alone))],
  ['was renamed to a name that is not read', () => rename(at(alone), at(`${alone}.bak`))],
])('a resource is deleted if its file %s', async (_, order) => {
  const plan = await planAfter(order);
  expect(removals(plan)).toEqual(['environment.delete:acme-production']);
});

test('documents that moved to other files are neither deleted nor quarantined', async () => {
  const plan = await planAfter(async () => {
    await writeFile(at(shared), '# one and two have files of their own now\n');
    await writeFile(at('environments/one.yaml'), one);
    await writeFile(at('environments/two.yml'), two);
  });
  expect(plan).toMatchObject({ actions: [], blocked: [] });
});

test('reconcile leaves a resource as it is until its file is deleted, also in later passes', async () => {
  await cli.repository.commit({ [alone]: '# nothing here\n' }, 'an accident');
  for (let pass = 0; pass < 2; pass++) {
    const { code, stdout } = await cli.run(['reconcile']);
    expect([code, stdout]).toEqual([6, expect.stringContaining('environment/acme-production')]);
  }
  const { stdout } = await cli.run(['status']);
  expect(stdout).toMatch(/! quarantined {2}acme-production {2}Quarantined/);
  expect(cli.nodes.playbooks).not.toContain('environment-delete');
  const explained = await cli.run(['explain', 'environment/acme-production']);
  expect(explained.stdout).toContain(`the file that described it has only comments (${alone}:1)`);
  expect(explained.stdout).toContain('If it is to be removed: delete the file.');

  await cli.repository.commit({ [alone]: null }, 'meant');
  expect((await cli.run(['reconcile'])).code).toBe(0);
  expect(cli.nodes.playbooks).toContain('environment-delete');
});

test('a commit without manifests, or with all sites moved out, changes nothing', async () => {
  await cli.repository.commit({ ...sound, [alone]: production });
  expect((await cli.run(['reconcile'])).code).toBe(0);
  const before = cli.nodes.playbooks.length;

  await cli.repository.commit({ [alone]: null, [shared]: null, 'sites/acme.yaml': null }, 'moved out');
  const moved = await cli.run(['reconcile']);
  expect(moved.code).toBe(6);
  expect(moved.stdout).toContain('3 removals of 4 resources exceed the budget');

  await cli.repository.commit({ 'pressluft.yaml': '' }, 'an empty configuration');
  expect(await cli.run(['reconcile'])).toMatchObject({
    code: 2,
    stdout: expect.stringContaining('Nothing was done: pressluft.yaml is missing or broken.'),
  });
  await cli.repository.git('rm', '-rq', '.');
  await cli.repository.commit({}, 'theirs');
  const empty = await cli.run(['plan', '--observed', 'status']);
  expect([empty.code, empty.stdout]).toEqual([2, '']);
  expect(empty.stderr).toContain('restore the files with "git revert"');
  expect((await cli.run(['reconcile'])).code).toBe(2);
  expect(cli.nodes.playbooks).toHaveLength(before);

  await cli.repository.git('revert', '--no-edit', 'HEAD', 'HEAD~1', 'HEAD~2');
  await cli.repository.commit({});
  expect((await cli.run(['reconcile'])).code).toBe(0);
  expect(cli.nodes.playbooks).toHaveLength(before);
});
