import { describe, expect, test } from 'vitest';
import { diagnosticCodes } from '../../src/manifest/diagnostics/catalogue.ts';
import { isError } from '../../src/manifest/index.ts';
import { fleetWith, load, soundFleet } from './fleet-fixture.ts';
import { findings, manifest, policy, repository, staging, withConfig } from './kind-manifests.ts';

describe('references', () => {
  test('to policies quarantine the environments that need them, also through the site', () => {
    const broken = policy('{ repository: offsite, schedule: { cron: never } }');
    const site = (soundFleet['sites/acme.yaml'] ?? '').replace(
      '  defaults:\n',
      '  defaults:\n    backups: { policy: nightly }\n',
    );
    const { fleet } = load(fleetWith({ 'r.yaml': repository, 'p.yaml': broken, 'sites/acme.yaml': site }));
    expect([...(fleet?.quarantine.resources.keys() ?? [])].sort()).toEqual([
      'backuppolicy/nightly',
      'environment/acme-production',
      'site/acme',
    ]);
  });

  test('to missing resources are reported at their place, however deep', () => {
    const site = (soundFleet['sites/acme.yaml'] ?? '').replace(
      '  defaults:\n',
      '  defaults:\n    backups: { policy: nigthly }\n',
    );
    const { diagnostics } = load(
      fleetWith({ 'b.yaml': `${repository}---\n${policy()}`, 'sites/acme.yaml': site }),
    );
    expect(diagnostics.filter(isError)).toMatchObject([
      {
        code: diagnosticCodes.referenceUnknown,
        file: 'sites/acme.yaml',
        line: 8,
        suggestion: 'did you mean "nightly"?',
      },
    ]);
  });

  test('to the source of a clone quarantine nothing, because they are used only once', () => {
    const clone = staging('source: { clone: acme-production }');
    const production = (soundFleet['environments/production.yaml'] ?? '').replace(
      'type: production',
      'type: prod',
    );
    const files = fleetWith({ 'environments/production.yaml': production, 'e.yaml': clone });
    expect([...(load(files).fleet?.environments.keys() ?? [])]).toEqual(['acme-staging']);
    const gone = load(fleetWith({ 'environments/production.yaml': null, 'e.yaml': clone }));
    expect(findings(gone, diagnosticCodes.referenceUnknown)).toEqual([
      'there is no Environment "acme-production"',
    ]);
    expect([...(gone.fleet?.quarantine.resources.keys() ?? [])]).toEqual(['environment/acme-staging']);
  });

  test('of a leftover request do not prevent the deletion of its environment', () => {
    const request = manifest('Restore', 'old', '{ environment: acme-staging, from: { backup: "1" } }');
    const { fleet, diagnostics } = load(fleetWith({ 'requests/old.yaml': request }));
    expect(diagnostics.filter(isError)).toMatchObject([
      { code: diagnosticCodes.referenceUnknown, file: 'requests/old.yaml' },
    ]);
    expect([...(fleet?.quarantine.resources.keys() ?? [])]).toEqual(['restore/old']);
    expect([...(fleet?.environments.keys() ?? [])]).toEqual(['acme-production']);
  });
});

describe('fields that are recorded and not supported yet', () => {
  test('leave the fleet valid, and are reported once at each place', () => {
    const { fleet, diagnostics } = load(
      fleetWith({
        'b.yaml': `${repository}---\n${policy()}`,
        'e.yaml': staging('backups: { policy: nightly }, scrub: users, source: { clone: acme-production }'),
      }),
    );
    expect(
      diagnostics.map(
        ({ code, severity, file, line, column }) => `${file}:${line}:${column} ${severity} ${code}`,
      ),
    ).toEqual([
      'b.yaml:4:50 warning PL1155',
      'b.yaml:7:7 info PL1036',
      expect.stringMatching(/^e\.yaml:4:\d+ warning PL1036$/),
      expect.stringMatching(/^e\.yaml:4:\d+ warning PL1036$/),
      expect.stringMatching(/^e\.yaml:4:\d+ warning PL1036$/),
    ]);
    expect(fleet?.environments.size).toBe(2);
  });

  test('are not reported for defaults', () => {
    const text = staging(
      'source: new, scrub: none, tls: { mode: off }, backups: { policy: false }, deletionPolicy: retain',
    );
    expect(load(fleetWith({ 'e.yaml': text })).diagnostics).toEqual([]);
  });
});

describe('kinds of other tools with the same name', () => {
  test.each([
    ['velero.io/v1', 'Backup', '{ includedNamespaces: [web] }'],
    ['velero.io/v1', 'Restore', '{ backupName: a }'],
    ['velero.io/v1', 'BackupRepository', '{ volumeNamespace: web }'],
    ['kargo.akuity.io/v1alpha1', 'Promotion', '{ stage: test, freight: abc }'],
  ])('are ignored: %s %s', (apiVersion, kind, spec) => {
    const text = manifest(kind, 'a', spec).replace('pressluft.dev/v1', apiVersion);
    const { diagnostics } = load(fleetWith({ 'other.yaml': text }));
    expect(diagnostics.map(({ code, severity }) => `${severity} ${code}`)).toEqual(['info PL1023']);
  });

  test('are ours when they have our fields', () => {
    const text = manifest('Backup', 'a', '{ environment: acme-production }').replace(
      'pressluft.dev/v1',
      'presluft.dev/v1',
    );
    expect(findings(load(fleetWith({ 'b.yaml': text })), diagnosticCodes.apiVersionUnknown)).toHaveLength(1);
  });
});

describe('exactly one of several fields', () => {
  test.each([
    [
      '{ password: { env: PRESSLUFT_SECRET_A } }',
      diagnosticCodes.notExactlyOne,
      'spec has none of local, sftp, s3',
    ],
    [
      '{ local: { path: /a }, sftp: {}, password: { env: PRESSLUFT_SECRET_A } }',
      diagnosticCodes.notExactlyOne,
      'spec has local and sftp, which are mutually exclusive',
    ],
    [
      '{ locla: { path: /a }, password: { env: PRESSLUFT_SECRET_A } }',
      diagnosticCodes.fieldUnknown,
      'unknown field "locla" in spec',
    ],
    [
      '{ local: { path: /a }, password: {} }',
      diagnosticCodes.notExactlyOne,
      'spec.password has none of env, file, sops',
    ],
    [
      '{ local: { path: /a }, password: { evn: A } }',
      diagnosticCodes.fieldUnknown,
      'unknown field "evn" in spec.password',
    ],
    ['{ local: { path: /a }, password: secret }', diagnosticCodes.typeWrong, 'spec.password is a text'],
    ['[]', diagnosticCodes.typeWrong, 'spec is a list'],
  ])('%s is one finding about that', (spec, code, message) => {
    const { diagnostics } = load(fleetWith({ 'b.yaml': manifest('BackupRepository', 'a', spec) }));
    const about = diagnostics.filter(
      ({ code, message }) =>
        !message.includes('lacks the field') && code !== diagnosticCodes.secretNotGranted,
    );
    expect(about.map((found) => `${found.code} ${found.message}`)).toEqual([`${code} ${message}`]);
  });
});

describe('texts whose form has an exception', () => {
  test.each(['a..b', 'a//b', 'a.lock', 'a.lock/b'])('%s is not a valid branch for records', (branch) => {
    const { diagnostics } = load(fleetWith(withConfig(`  statusBranch: ${branch}\n`)));
    expect(diagnostics.map(({ code, expected }) => [code, expected])).toEqual([
      [diagnosticCodes.valueMalformed, 'a Git branch name such as pressluft/status'],
    ]);
  });

  test.each(['pressluft.dev/uid', 'hetzner.cloud/x'])('%s is not a valid label of a person', (label) => {
    const text = (soundFleet['nodes/web-1.yaml'] ?? '').replace('tier: gold', `${label}: x`);
    const { diagnostics } = load(fleetWith({ 'nodes/web-1.yaml': text }));
    expect(diagnostics.filter(isError).map(({ code }) => code)).toEqual([diagnosticCodes.valueMalformed]);
  });
});
