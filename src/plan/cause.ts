import type { ResourceRef } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import type { FieldChange } from '../fleet/plan.ts';
import { resourceRef, type SourcePosition } from '../fleet/resource.ts';
import { riskiest } from './risk.ts';

/** Task fields whose manifest field has another name. All others differ in case only. */
const renamed: Readonly<Record<string, string>> = {
  hosts: 'domains',
  'hosts.preview': 'node',
  site_url: 'domains/primary',
  noindex: 'access/noindex',
  php_versions: 'php/versions',
  swap_mib: 'swap',
  'nginx.max_body_bytes': 'nginx/clientMaxBodySize',
  'wordpress.sha256': 'wordpress/version',
  'resources.memory_mib': 'resources/memory',
  'php.pool.idle_timeout_seconds': 'php/pool/idleTimeout',
  'php.pool.request_terminate_timeout_seconds': 'php/pool/requestTerminateTimeout',
};

/** Task fields of a node that come from the configuration of the fleet. */
const ofTheFleet: Readonly<Record<string, string>> = {
  wp_cli: 'artifacts/wpCli',
  php_apt_source: 'phpAptSource',
};

/** Names below these fields are chosen in the manifest and keep their case. */
const verbatimBelow = /^(wordpress\.(plugins|themes|constants)|php\.ini|nginx\.(?:headers|lifetimes))\.(.+)$/;

/** Position of the riskiest changed field; the manifest itself when the change comes from elsewhere. */
export function causeOf(
  desired: DesiredFleet,
  ref: ResourceRef,
  changes: readonly FieldChange[] = [],
): SourcePosition | null {
  const field = riskiest(changes)?.field;
  const manifest = desired.locate(ref, '');
  if (field === undefined) return manifest ?? null;
  const shared = ofTheFleet[field.split('.')[0] ?? ''];
  if (shared !== undefined) {
    const position = desired.locate(resourceRef('Pressluft', desired.config.fleet), `/spec/${shared}`);
    if (position !== undefined) return position;
  }
  return desired.locate(ref, `/spec/${pointerOf(field)}`) ?? manifest ?? null;
}

function pointerOf(field: string): string {
  const whole = renamed[field];
  if (whole !== undefined) return whole;
  const named = verbatimBelow.exec(field);
  if (named !== null) return namedPointer(named[1] ?? '', named[3] ?? '');
  const [head = '', ...rest] = field.split('.');
  return [renamed[head] ?? camelCase(head), ...rest.map(camelCase)].join('/');
}

/** `wordpress.plugins.akismet.version` is written as `wordpress/plugins/akismet`, because names of settings may contain dots. */
function namedPointer(parent: string, name: string): string {
  const isPackage = parent === 'wordpress.plugins' || parent === 'wordpress.themes';
  const own = isPackage ? (name.split('.')[0] ?? name) : name;
  return `${parent.replace('.', '/')}/${own.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
