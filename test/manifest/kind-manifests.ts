import { expect } from 'vitest';
import type { DesiredEnvironment, DesiredFleet } from '../../src/fleet/desired.ts';
import { isError, type LoadedFleet } from '../../src/manifest/index.ts';
import { fleetWith, load, soundFleet } from './fleet-fixture.ts';

const head = 'apiVersion: pressluft.dev/v1\n';

export function manifest(kind: string, name: string, spec: string, annotations = '{}'): string {
  return `${head}kind: ${kind}\nmetadata: { name: ${name}, annotations: ${annotations} }\nspec: ${spec}\n`;
}

const config = soundFleet['pressluft.yaml'] ?? '';
export const withConfig = (more: string) => ({ 'pressluft.yaml': `${config}${more}` });
export const repository = manifest(
  'BackupRepository',
  'offsite',
  '{ local: { path: /srv/backups }, password: { env: PRESSLUFT_SECRET_A } }',
);
export const policy = (
  spec = '{ repository: offsite, schedule: { cron: 30 1 * * *, timezone: Europe/Berlin } }',
) => manifest('BackupPolicy', 'nightly', spec);
export const staging = (spec: string, annotations?: string) =>
  manifest('Environment', 'acme-staging', `{ site: acme, node: web-1, type: staging, ${spec} }`, annotations);

export function soundly(changes: Readonly<Record<string, string | null>>): DesiredFleet {
  const { fleet, diagnostics } = load(fleetWith(changes));
  expect(diagnostics.filter(isError)).toEqual([]);
  if (fleet === undefined) throw new TypeError('no fleet');
  return fleet;
}

export function environment(
  changes: Readonly<Record<string, string>>,
  name = 'acme-staging',
): DesiredEnvironment {
  const found = [...soundly(changes).environments.values()].find((candidate) => candidate.name === name);
  if (found === undefined) throw new TypeError(`no ${name}`);
  return found;
}

export function first<T>(map: ReadonlyMap<unknown, T>): T {
  const [value] = map.values();
  if (value === undefined) throw new TypeError('none');
  return value;
}

export function findings({ diagnostics }: LoadedFleet, code: string): string[] {
  return diagnostics.filter((found) => found.code === code).map(({ message }) => message);
}
