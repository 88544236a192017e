import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ManifestFile } from '../../../src/manifest/index.ts';
import { tokenUse } from '../../support/token-use.ts';
import { check, checkOneLine, checkPlain, checkPrintable } from '../property.ts';
import type { FuzzTarget } from '../target.ts';
import { repositoryRoot, someCommit } from './world.ts';

const example = (path: string) => readFileSync(join(repositoryRoot, 'example-repo', path));
const sops = (name: string) => readFileSync(join(repositoryRoot, 'test/adapters/secrets/fixtures', name));

/** All processing of manifests without a network: checks, and each form of report. */
async function loadChecks() {
  const manifest = await import('../../../src/manifest/index.ts');
  const { jsonText } = await import('../../../src/cli/json-text.ts');
  const { readTree } = await import('../../../src/main/read-tree.ts');
  const { renderSarif, renderJunit, renderGitlab, renderGithubAnnotations, renderGithubSummary } = manifest;
  const sound = readTree(join(repositoryRoot, 'example-repo'));
  // The other files are read once; each input is the new content of one file.
  const cache = manifest.createManifestCache();
  let count = 0;
  return (path: string, bytes: Uint8Array) => {
    const file: ManifestFile = { path, oid: `${path} ${count++}`, kind: 'file', bytes };
    const files = [...sound.filter((other) => other.path !== path), file];
    const loaded = manifest.loadFleet(files, someCommit, { cache });
    const { diagnostics, resources, fleet } = loaded;
    checkPlain(resources, 'the resources');
    for (const { line, column, message } of diagnostics) {
      check(line >= 1 && column >= 1, 'a place is before the file');
      checkOneLine(message, 'a message');
    }
    checkPrintable(manifest.renderDiagnosticsText(diagnostics), 'the text');
    checkPrintable(jsonText(manifest.renderDiagnosticsJson(diagnostics)), 'the JSON');
    checkPrintable(renderGithubAnnotations(diagnostics, 'ubuntu'), 'the annotations');
    checkPrintable(renderGithubSummary(diagnostics, 'x'), 'the summary');
    checkPrintable(jsonText(renderGitlab(diagnostics)), 'the issues of GitLab');
    checkPrintable(jsonText(renderSarif(diagnostics, '1')), 'the SARIF');
    checkPrintable(renderJunit(diagnostics, [path]), 'the JUnit');
    return { diagnostics, fleet };
  };
}

const yamlWords = [
  '&a ',
  '*a',
  '<<: ',
  '!!binary ',
  '!!js/function ',
  '? ',
  '|\n',
  '>-\n',
  '---\n',
  '%TAG ! x\n',
  '{{ x }}',
  '{% x %}',
  '__proto__: ',
  '\u0085',
  '\u2028',
  '\ufeff',
  '\t',
];

const manifest: FuzzTarget = {
  name: 'manifest',
  covers: ['src/manifest/'],
  seeds: () =>
    [
      'sites/acme/production.yaml',
      'sites/acme/site.yaml',
      'nodes/web-1.yaml',
      'providers/hetzner.yaml',
      'policies/backups.yaml',
      'sites/bakery/bakery.yaml',
    ].map(example),
  dictionary: yamlWords,
  structure: 'yaml',
  maxBytes: 16_384,
  async load() {
    const checkFile = await loadChecks();
    return (input) => {
      const { fleet } = checkFile('x.yaml', input);
      check(fleet !== undefined, 'a broken file took the whole fleet with it');
    };
  },
};

const configuration: FuzzTarget = {
  name: 'configuration',
  covers: ['src/manifest/', 'src/fleet/schedule.ts', 'src/fleet/maintenance.ts'],
  seeds: () => [
    example('pressluft.yaml'),
    `apiVersion: pressluft.dev/v1
kind: Pressluft
metadata: { name: demo }
spec:
  interval: 60s
  statusBranch: pressluft/status
  maintenance:
    windows:
      - { name: nights, schedule: "0 2 * * MON-FRI", timezone: Europe/Berlin, duration: 2h, risks: [restart] }
    freezes:
      - { name: sale, from: 2026-11-20T00:00:00, until: 2026-12-01T00:00:00, timezone: Europe/Berlin }
  notifications:
    - { type: webhook, url: "https://example.org/x", token: { env: PRESSLUFT_SECRET_X } }
  artifacts: { wordpress: { "7.1.1": "${'0'.repeat(64)}" } }
`,
  ],
  dictionary: yamlWords,
  structure: 'yaml',
  async load() {
    const checkFile = await loadChecks();
    return (input) => {
      const { diagnostics, fleet } = checkFile('pressluft.yaml', input);
      const isBroken = diagnostics.some(
        ({ file, severity }) => file === 'pressluft.yaml' && severity === 'error',
      );
      check(
        (fleet === undefined) === isBroken,
        'there is a fleet without a configuration, or the other way round',
      );
    };
  },
};

const sopsManifest: FuzzTarget = {
  name: 'sops-in-repository',
  covers: ['src/manifest/sops-file.ts', 'src/manifest/checks/secret-checks.ts', 'src/fleet/sops.ts'],
  seeds: () => [sops('default.sops.yaml'), sops('default.sops.json'), sops('key-groups.sops.yaml')],
  dictionary: ['ENC[AES256_GCM,data:', 'sops:', 'age:', 'mac:', ',iv:', ',tag:', ',type:str]'],
  structure: 'yaml',
  maxBytes: 16_384,
  async load() {
    const checkFile = await loadChecks();
    return (input) => {
      checkFile('secrets/fleet.sops.yaml', input);
    };
  },
};

/** At `hetzner.token` in the files that are changed. */
const sealed = new Set(['canary-hetzner-token-7f3a', 'canary-json-token-91c2']);

const sopsSecret: FuzzTarget = {
  name: 'sops-secret',
  covers: ['src/adapters/secrets/', 'src/fleet/sops.ts'],
  seeds: () => [
    sops('default.sops.yaml'),
    sops('default.sops.json'),
    sops('mac-only-encrypted.sops.yaml'),
    sops('encrypted-regex.sops.yaml'),
  ],
  dictionary: [
    'ENC[AES256_GCM,data:',
    '-----BEGIN AGE ENCRYPTED FILE-----',
    'scrypt',
    '-> X25519 ',
    'mac_only_encrypted: true',
    '.inf',
    '.nan',
    '-0',
    '1e21',
  ],
  structure: 'yaml',
  maxBytes: 16_384,
  async load() {
    const { createSecrets } = await import('../../../src/adapters/secrets/create-secrets.ts');
    const key = sops('controller.agekey').toString('utf8');
    const secrets = createSecrets({ env: { SOPS_AGE_KEY: key }, secretsDir: '/nonexistent' });
    return async (input) => {
      const ref = { kind: 'sops', file: 'x.sops.yaml', key: ['hetzner', 'token'] } as const;
      const secret = await secrets.resolve(ref, tokenUse, async () => input);
      check(sealed.has(secret), 'what was changed without the key is taken for the secret');
    };
  },
};

const ageKey: FuzzTarget = {
  name: 'age-key',
  covers: ['src/adapters/secrets/age-identities.ts', 'src/adapters/secrets/probe-age-key.ts'],
  seeds: () => [sops('controller.agekey'), sops('post-quantum.agekey')],
  dictionary: ['AGE-SECRET-KEY-1', 'AGE-SECRET-KEY-PQ-1', '# ', 'age-encryption.org/v1'],
  async load() {
    const { probeAgeKey } = await import('../../../src/adapters/secrets/probe-age-key.ts');
    const { isPressluftError } = await import('../../../src/fleet/errors.ts');
    return async (input) => {
      const text = input.toString('utf8');
      try {
        checkPlain(
          await probeAgeKey({ SOPS_AGE_KEY: text, PRESSLUFT_SECRETS_DIR: '/nonexistent' }),
          'the key',
        );
      } catch (error) {
        if (!isPressluftError(error)) throw error;
        const secret = /AGE-SECRET-KEY-[A-Z0-9-]{12,}/.exec(text)?.[0];
        check(secret === undefined || !error.message.includes(secret), 'the key is in the error');
      }
    };
  },
};

const schedule: FuzzTarget = {
  name: 'schedule',
  covers: ['src/fleet/schedule.ts', 'src/fleet/cron-calendar.ts', 'src/fleet/timezone.ts'],
  seeds: () => [
    '0 2 * * *\nEurope/Berlin',
    '*/15 1-5 1,15 JAN-MAR MON#2\nUTC',
    '0 0 29 2 *\nAsia/Tokyo',
    '0 0 L * FRI\nAmerica/St_Johns',
  ],
  dictionary: [
    '*/',
    'L',
    '#5',
    '15W',
    '30 2',
    '31 4',
    'SUN',
    '?',
    '+',
    '@daily',
    'Etc/GMT+12',
    'Africa/Casablanca',
  ],
  maxBytes: 256,
  async load() {
    const { cronFault, isTimezone, occurrencesAfter } = await import('../../../src/fleet/schedule.ts');
    const { firesBetween, rhythmOf } = await import('../../../src/fleet/cron-calendar.ts');
    return (input) => {
      const [cron = '', timezone = 'UTC'] = input.toString('utf8').split('\n');
      const fault = cronFault(cron);
      if (fault !== undefined) return check(fault.length < 600, 'the fault is long');
      if (!isTimezone(timezone)) return;
      const found = occurrencesAfter({ cron, timezone }, Date.UTC(2026, 0, 1), 3);
      check(found.every(Number.isFinite), 'an occurrence is no moment');
      firesBetween(cron, Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1, 5));
      const rhythm = rhythmOf(cron);
      if (rhythm !== null) check(rhythm.shortestGapMs > 0, 'it fires twice at once');
    };
  },
};

export const manifestTargets: readonly FuzzTarget[] = [
  manifest,
  configuration,
  sopsManifest,
  sopsSecret,
  ageKey,
  schedule,
];
