import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createFleet, type E2eFleet } from '../../support/e2e-fleet.ts';
import { type TestLab, testLab } from '../../support/e2e-lab.ts';
import { environment, smallFleet } from '../../support/small-fleet.ts';
import { onNode } from '../../support/ssh.ts';
import { becomeLiar, moduleLie, probeLies } from './lies.ts';

/** Characters that no text of a node may bring into a terminal or a file. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/;
const lies = [
  'environments of its neighbour as its own',
  'hostile text in every field',
  'values of wrong types',
  'keys twice and a prototype',
  'no document at all',
];

describe('a compromised node', () => {
  let test: TestLab;
  let fleet: E2eFleet;
  let honest: Readonly<Record<string, string>>;
  let told: Readonly<Record<string, string>>;
  let address: Readonly<Record<'alpha' | 'beta', string>>;

  const ofOthers = ['node/beta', 'environment/three'];
  const show = (path: string) => fleet.git('show', `origin/pressluft/status:${path}`);
  async function recordsOfOthers(): Promise<Record<string, string>> {
    await fleet.git('fetch', '-q', 'origin', '+refs/heads/*:refs/remotes/origin/*');
    return Object.fromEntries(
      await Promise.all(ofOthers.map(async (ref) => [ref, withoutChecks(await show(`status/${ref}.yaml`))])),
    );
  }

  async function tell(mode: string, probe = '', module = moduleLie()): Promise<void> {
    const put = (name: string, text: string) =>
      `printf %s ${Buffer.from(text).toString('base64')} | base64 -d >/run/lie/${name}`;
    await onNode(
      fleet.stateDir,
      address.alpha,
      `${becomeLiar}\n${put('mode', mode)}\n${put('probe', probe)}\n${put('module', module)}`,
    );
  }

  /** One pass, after which the honest node is unchanged, and every text of the compromised node is plain text. */
  async function passUnharmed(timeoutMs = 600_000) {
    const pass = await fleet.pressluft(['reconcile'], { timeoutMs });
    expect(pass.code, pass.stderr).not.toBe(1);
    expect(await recordsOfOthers()).toEqual(honest);
    expect(
      test.lab.api
        .servers()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['small-alpha', 'small-beta']);
    expect(await onNode(fleet.stateDir, address.beta, 'mariadb -N -e "SHOW DATABASES LIKE \'pl%\'"')).toBe(
      'pl_three',
    );
    for (const args of [
      ['status'],
      ['explain', 'environment/one'],
      ['explain', 'node/alpha'],
      ['history'],
      ['plan', '--observed', 'status', '--format', 'markdown'],
    ]) {
      const shown = await fleet.pressluft(args);
      for (const text of [shown.stdout, shown.stderr, pass.stdout, pass.stderr]) {
        expect(text).not.toMatch(unprintable);
        expect(text).not.toMatch(/^(::set-output|# Owned|kind: Status|\| a \| b \|)/m);
      }
      if (args[0] === 'plan') expect(withoutCode(shown.stdout)).not.toMatch(/<script|\[click\]\(|@everyone/);
    }
    await everyRecordIsItself();
    expect(existsSync('/tmp/pwned-controller')).toBe(false);
    return pass;
  }

  async function everyRecordIsItself(): Promise<void> {
    const files = (await fleet.git('ls-tree', '-r', '--name-only', 'origin/pressluft/status')).split('\n');
    expect(
      files.filter((file) => !/^(status|runs|backups)\/[a-z0-9-]+\/[a-z0-9TZ.-]+\.yaml$/i.test(file)),
    ).toEqual([]);
    for (const file of files) {
      const text = await show(file);
      expect(text, file).not.toMatch(unprintable);
      expect(text.length, file).toBeLessThan(200_000);
      const document = parse(text) as { kind: string; resource?: string };
      if (file.startsWith('status/')) expect(`status/${document.resource}.yaml`).toBe(file);
    }
  }

  beforeAll(async () => {
    test = await testLab('e2eliar');
    const nodes = { alpha: ['one'], beta: ['three'] };
    fleet = await createFleet(
      test.lab,
      smallFleet(test.lab.mirror.catalogue, { nodes, deletionPolicy: 'delete' }),
    );
    const pass = await fleet.pressluft(['reconcile']);
    expect(pass, pass.stderr).toMatchObject({ code: 0 });
    const field = async (ref: string, name: string) =>
      ((await fleet.status(ref)) as Record<string, unknown>)[name];
    const ipv4 = async (node: string) => ((await field(`node/${node}`, 'details')) as { ipv4: string }).ipv4;
    address = { alpha: await ipv4('alpha'), beta: await ipv4('beta') };
    told = probeLies({
      uids: {
        one: String(await field('environment/one', 'uid')),
        three: String(await field('environment/three', 'uid')),
      },
    });
    honest = await recordsOfOthers();
  });
  afterAll(async () => {
    await fleet?.remove();
    await test?.end();
  });

  it('is tested with every lie', () => {
    expect(Object.keys(told).sort()).toEqual([...lies].sort());
  });

  it.each(lies)('claims %s, and nothing of another node changes', async (lie) => {
    await tell('text', told[lie]);
    await passUnharmed();
  });

  it('prints endless output, which is cut', async () => {
    await tell('endless');
    const pass = await passUnharmed();
    expect(pass.code).toBe(4);
    expect(await fleet.ready('node/alpha')).toMatch(/^False /);
  });

  it('fails with megabytes of hostile errors, which are cut and shown as text', async () => {
    await tell('errors', told['no document at all']);
    const pass = await passUnharmed();
    expect(pass.code).toBe(4);
    expect(pass.stderr.length).toBeLessThan(50_000);
  });

  it('fakes the results of Ansible, for itself and for others, and changes only its own', async () => {
    const { stdout } = await fleet.pressluft(['status', '--format', 'json']);
    expect(stdout).toContain('three');
    await tell('text', told['environments of its neighbour as its own']);
    await fleet.commit(
      { 'environments/four.yaml': environment('four', 'beta', { deletionPolicy: 'delete' }) },
      'feat: one more on the honest node',
    );
    await fleet.pressluft(['reconcile', '--force'], { timeoutMs: 600_000 });
    expect(await fleet.ready('environment/four')).toBe('True Converged');
    expect(await fleet.ready('environment/three')).toBe('True Converged');
    await everyRecordIsItself();
    const paths = await fleet.git('ls-tree', '-r', '--name-only', 'origin/pressluft/status', 'runs/');
    const runs = await Promise.all(paths.trim().split('\n').map(show));
    // Each part of a run is of one resource, and only parts of the liar repeat what it said.
    const ofThree = runs.flatMap((text) => {
      const { results, steps } = parse(text) as Record<'results' | 'steps', { resource: string }[]>;
      return [...results, ...steps].filter(({ resource }) => resource === 'environment/three');
    });
    expect(ofThree.length).toBeGreaterThan(3);
    expect(JSON.stringify(ofThree)).not.toContain('Owned');
    expect(existsSync('/tmp/pwned-controller')).toBe(false);
  });

  it('claims a neighbour whose manifest is removed, and only the real one is removed', async () => {
    await fleet.commit({ 'environments/three.yaml': null }, 'chore: three is not needed');
    await fleet.pressluft(['reconcile'], { timeoutMs: 600_000 });
    expect(await onNode(fleet.stateDir, address.beta, 'mariadb -N -e "SHOW DATABASES LIKE \'pl%\'"')).toBe(
      'pl_four',
    );
  });
});

/** The text that Markdown interprets: all except code spans. */
function withoutCode(markdown: string): string {
  return markdown.replace(/(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, '');
}

/** A record without the first results of the checks in rotation, which a timer of the honest node makes at any time. */
function withoutChecks(text: string): string {
  return JSON.stringify(parse(text), (key, value: unknown) =>
    key === 'frontPage' || key === 'code' ? undefined : value,
  );
}
