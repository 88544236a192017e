import { describe, expect, test } from 'vitest';
import { diagnosticCodes } from '../../src/manifest/diagnostics/catalogue.ts';
import { fleetWith, load, soundFleet } from './fleet-fixture.ts';
import {
  environment,
  findings,
  first,
  manifest,
  policy,
  repository,
  soundly,
  staging,
  withConfig,
} from './kind-manifests.ts';

describe('the configuration', () => {
  test('has windows and freezes with their defaults, freezes as points in time', () => {
    const { maintenance } = soundly(
      withConfig(`  maintenance:
    windows:
      - { name: nights, start: 0 4 * * *, duration: 2h, timezone: Europe/Berlin }
      - { name: weekly, start: 0 5 * * SUN, duration: 90m, timezone: UTC, risks: [restart], types: [staging], overrun: fit }
    freezes:
      - { name: holidays, from: 2026-12-18T18:00, until: 2027-01-04T08:00, timezone: Europe/Berlin, types: [production] }
`),
    ).config;
    expect(maintenance.windows).toEqual([
      {
        name: 'nights',
        start: { cron: '0 4 * * *', timezone: 'Europe/Berlin' },
        durationMs: 7_200_000,
        risks: ['downtime', 'data'],
        types: null,
        overrun: 'finish',
      },
      {
        name: 'weekly',
        start: { cron: '0 5 * * SUN', timezone: 'UTC' },
        durationMs: 5_400_000,
        risks: ['restart'],
        types: ['staging'],
        overrun: 'fit',
      },
    ]);
    expect(maintenance.freezes).toEqual([
      {
        name: 'holidays',
        from: Date.parse('2026-12-18T17:00:00Z'),
        until: Date.parse('2027-01-04T07:00:00Z'),
        risks: ['restart', 'downtime', 'data'],
        types: ['production'],
      },
    ]);
  });

  test('has no windows, approvals, signers, receivers or recipients by default', () => {
    expect(soundly({}).config).toMatchObject({
      maintenance: { windows: [], freezes: [] },
      approvals: { risks: [], irreversible: false },
      allowedSigners: [],
      notifications: [],
      secrets: { recipients: [] },
    });
  });

  test('has approvals, signers of both kinds of keys, receivers and recipients', () => {
    const ssh = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4bVQ3fZoQ0Y0Cq3n7sFZr0q0m8v0m1b3i1dVhQ0rXk';
    const { approvals, allowedSigners, notifications, secrets } = soundly(
      withConfig(`  approvals: { risks: [data], irreversible: true }
  allowedSigners:
    - { principal: ada@acme.example, key: ${ssh} }
    - principal: bob@acme.example
      key: |
        -----BEGIN PGP PUBLIC KEY BLOCK-----

        mDMEawpK1hYJKwYBBAHaRw8BAQdAXufS23afMYidlCL5CWRzJy9ajVRVcHIabKHk
        CRIur520FkJvYiA8Ym9iQGFjbWUuZXhhbXBsZT6IkAQTFggAOBYhBMkOHdJYvzae
        q7tNjQ5wLWuQALifBQJrCkrWAhsDBQsJCAcCBhUKCQgLAgQWAgMBAh4BAheAAAoJ
        EA5wLWuQALifGx8BAOn/3cRIe40Z1ogiJQAn6b81EMQMOGc0m+njJHGTxDmqAQC6
        ckG4FMvPqidOnr5UM3S+aKO2BEvWRrLxj2XL0KVSAA==
        =15Nq
        -----END PGP PUBLIC KEY BLOCK-----
  notifications:
    - { type: ntfy, topic: fleet }
    - { type: ntfy, topic: fleet, url: "https://ntfy.acme.example/", token: { env: PRESSLUFT_SECRET_NTFY }, events: [applied] }
  secrets: { recipients: [age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p] }
`),
    ).config;
    expect(approvals).toEqual({ risks: ['data'], irreversible: true });
    expect(allowedSigners.map(({ key }) => key.split('\n').length)).toEqual([1, 9]);
    expect(notifications).toEqual([
      {
        type: 'ntfy',
        url: 'https://ntfy.sh',
        address: { topic: 'fleet' },
        token: null,
        events: ['stalled', 'recovered', 'blocked'],
      },
      {
        type: 'ntfy',
        url: 'https://ntfy.acme.example',
        address: { topic: 'fleet' },
        token: { kind: 'env', name: 'PRESSLUFT_SECRET_NTFY' },
        events: ['applied'],
      },
    ]);
    expect(secrets.recipients).toHaveLength(1);
  });
});

describe('an environment', () => {
  test('takes TLS, scrubbing, the policy and the deletion policy of its site, and can override them', () => {
    const site = (soundFleet['sites/acme.yaml'] ?? '').replace(
      '  defaults:\n',
      `  defaults:
    tls: { mode: provided, certificate: { env: PRESSLUFT_SECRET_CERT }, privateKey: { file: key.pem }, hsts: true }
    scrub: users
    backups: { policy: nightly }
    deletionPolicy: backup-then-delete
`,
    );
    const files = { 'sites/acme.yaml': site, 'backups.yaml': `${repository}---\n${policy()}` };
    expect(environment(files, 'acme-production')).toMatchObject({
      tls: {
        mode: 'provided',
        certificate: { kind: 'env', name: 'PRESSLUFT_SECRET_CERT' },
        privateKey: { kind: 'file', path: 'key.pem' },
        hsts: true,
      },
      scrub: 'users',
      backups: { policy: 'nightly' },
      deletionPolicy: 'backup-then-delete',
    });
    const own = staging(
      'tls: { certificate: { file: other.pem } }, scrub: none, backups: { policy: false }, deletionPolicy: delete',
    );
    expect(environment({ ...files, 'environments/staging.yaml': own })).toMatchObject({
      tls: { mode: 'provided', certificate: { kind: 'file', path: 'other.pem' }, hsts: true },
      scrub: 'none',
      backups: { policy: null },
      deletionPolicy: 'delete',
    });
  });

  test('uses the administrator of the site as the ACME contact unless it names another one', () => {
    const of = (tls: string) =>
      environment({ 'e.yaml': staging(`tls: ${tls}, domains: { primary: a.acme.com }`) }).tls;
    expect(of('{ mode: acme }')).toEqual({ mode: 'acme', email: 'web@acme.example', hsts: false });
    expect(of('{ mode: acme, email: tls@acme.com }')).toMatchObject({ email: 'tls@acme.com' });
    expect(of('{ hsts: true }')).toEqual({ mode: 'off' });
  });

  test('starts new, as a clone, or from a backup', () => {
    const of = (source: string) => environment({ 'e.yaml': staging(`source: ${source}`) }).source;
    expect(of('new')).toEqual({ kind: 'new' });
    expect(of('{ clone: acme-production }')).toEqual({ kind: 'clone', environment: 'acme-production' });
    expect(of('{ backup: 20261120-4f1c9a }')).toEqual({ kind: 'backup', record: '20261120-4f1c9a' });
  });

  test('has the reason why it ignores windows', () => {
    const text = staging('', '{ pressluft.dev/ignore-windows: hotfix }');
    expect(environment({ 'e.yaml': text }).windowOverride).toBe('hotfix');
    expect(environment({ 'e.yaml': staging('') }).windowOverride).toBeNull();
  });
});

describe('backups and requests', () => {
  test('resolve with their defaults', () => {
    const fleet = soundly({
      'all.yaml': [
        repository,
        policy(),
        staging('backups: { policy: nightly }'),
        manifest('Backup', 'now', '{ environment: acme-staging }'),
        manifest(
          'Restore',
          'back',
          '{ environment: acme-staging, from: { time: "2026-11-20T08:00:00.5+01:00" }, scope: database }',
        ),
        manifest('Promotion', 'up', '{ from: acme-staging, to: acme-production }'),
      ].join('---\n'),
    });
    expect(first(fleet.backupRepositories)).toMatchObject({
      ref: 'backuprepository/offsite',
      target: { kind: 'local', path: '/srv/backups' },
      password: { kind: 'env', name: 'PRESSLUFT_SECRET_A' },
    });
    expect(first(fleet.backupPolicies)).toMatchObject({
      repository: 'offsite',
      schedule: { cron: '30 1 * * *', timezone: 'Europe/Berlin' },
      scope: 'full',
      retention: { last: 3, daily: 7, weekly: 4, monthly: 6, yearly: 0 },
      verification: { cron: '30 4 * * SUN', timezone: 'Europe/Berlin' },
    });
    expect(first(fleet.backups)).toMatchObject({ environment: 'acme-staging', scope: 'full' });
    expect(first(fleet.restores)).toMatchObject({
      source: { kind: 'time', at: Date.parse('2026-11-20T07:00:00.500Z') },
      scope: 'database',
    });
    expect(first(fleet.promotions)).toMatchObject({
      to: 'acme-production',
      parts: ['core', 'plugins', 'themes'],
    });
    expect(
      new Set([first(fleet.backups).uid, first(fleet.restores).uid, first(fleet.promotions).uid]).size,
    ).toBe(3);
  });

  test('keep only the backups of the given rules, and are never verified when that is off', () => {
    const spec =
      '{ repository: offsite, schedule: { cron: 0 4 * * *, timezone: UTC }, retention: { daily: 5 }, verification: false }';
    const { backupPolicies } = soundly({ 'b.yaml': `${repository}---\n${policy(spec)}` });
    expect(first(backupPolicies)).toMatchObject({
      retention: { last: 0, daily: 5, weekly: 0, monthly: 0, yearly: 0 },
      verification: null,
    });
  });

  test('go to S3 or over SFTP with secrets from SOPS', () => {
    const s3 = manifest(
      'BackupRepository',
      'a',
      '{ s3: { endpoint: "https://s3.acme.com/", bucket: acme, accessKeyId: { env: PRESSLUFT_SECRET_ID }, secretAccessKey: { file: s3-key } }, password: { env: PRESSLUFT_SECRET_P } }',
    );
    const sftp = manifest(
      'BackupRepository',
      'b',
      '{ sftp: { host: box.acme.com, user: u1, path: backups, hostKey: "ssh-ed25519 AAAAC3Nz" }, password: { env: PRESSLUFT_SECRET_P } }',
    );
    const { backupRepositories } = soundly({ 'b.yaml': `${s3}---\n${sftp}` });
    expect([...backupRepositories.values()].map(({ target }) => target)).toEqual([
      {
        kind: 's3',
        endpoint: 'https://s3.acme.com',
        bucket: 'acme',
        prefix: '',
        region: null,
        accessKeyId: { kind: 'env', name: 'PRESSLUFT_SECRET_ID' },
        secretAccessKey: { kind: 'file', path: 's3-key' },
      },
      {
        kind: 'sftp',
        host: 'box.acme.com',
        port: 22,
        user: 'u1',
        path: 'backups',
        hostKey: 'ssh-ed25519 AAAAC3Nz',
      },
    ]);
  });

  test('may not name a variable with the token of a provider', () => {
    const text = repository.replace('PRESSLUFT_SECRET_A', 'HCLOUD_TOKEN');
    expect(findings(load(fleetWith({ 'b.yaml': text })), diagnosticCodes.secretReferenceNotAllowed)).toEqual([
      'the environment variable "HCLOUD_TOKEN" cannot be used by a manifest',
    ]);
  });
});
