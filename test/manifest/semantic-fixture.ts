import { diagnosticCodes } from '../../src/manifest/diagnostics/catalogue.ts';
import type { LoadOptions } from '../../src/manifest/index.ts';
import { fleetWith, load } from './fleet-fixture.ts';

/** The semantic findings of the valid fleet with these files, as `severity code message`. */
export function findings(files: Readonly<Record<string, string>>, options: LoadOptions = {}): string[] {
  return load(fleetWith(files), options)
    .diagnostics.filter(
      ({ code }) => code >= diagnosticCodes.memoryTooSmall && code < diagnosticCodes.sopsFileMissing,
    )
    .map(({ severity, code, message }) => `${severity} ${code} ${message}`);
}

export function codes(files: Readonly<Record<string, string>>, options: LoadOptions = {}): string[] {
  return findings(files, options).map((finding) => finding.split(' ', 2).join(' '));
}

export function manifest(kind: string, name: string, spec: string): string {
  return `apiVersion: pressluft.dev/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec: { ${spec} }\n`;
}

/** An environment of the valid fleet's site on its node. */
export function environment(name: string, spec = '', type = 'production'): string {
  const more = spec === '' ? '' : `, ${spec}`;
  return manifest('Environment', name, `site: acme, node: web-1, type: ${type}${more}`);
}

/** Several manifests in one file. */
export function documents(...all: readonly string[]): string {
  return all.join('---\n');
}

const checksum = '0123456789abcdef'.repeat(4);

/** The configuration of the valid fleet with more fields in its spec. */
export function configWith(spec: string): string {
  return manifest(
    'Pressluft',
    'test',
    `artifacts: { wordpress: { 7.1.1: ${checksum} }, wpCli: { 2.12.0: ${checksum} }, plugins: { akismet: { 5.7.2: ${checksum} } }, themes: { twentytwentyfive: { 1.5: ${checksum} } } }, ${spec}`,
  );
}

/** A backup policy with its repository. */
export function policy(spec: string): Record<string, string> {
  return {
    'backups.yaml': documents(
      manifest(
        'BackupRepository',
        'offsite',
        'local: { path: /srv/backups }, password: { env: PRESSLUFT_SECRET_RESTIC }',
      ),
      manifest('BackupPolicy', 'nightly', `repository: offsite, ${spec}`),
    ),
  };
}
