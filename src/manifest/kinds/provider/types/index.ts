import type { Json } from '../../../../fleet/digest.ts';
import type { ProviderCommands } from '../../../../fleet/server-identity.ts';
import { stringAt } from '../../../plain.ts';
import { hetzner } from './hetzner.ts';
import type { CloudProviderType, ProviderType } from './provider-type.ts';

/** Every `spec.type` of a provider; the schema lists the same (test/manifest/provider-types.test.ts). */
export const providerTypes = {
  hetzner,
  static: { machines: 'existing' },
} as const satisfies Readonly<Record<string, ProviderType>>;

export type ProviderTypeName = keyof typeof providerTypes;

/** Names of the types that acquire machines: each of them needs an adapter. */
export type CloudTypeName = {
  [Name in ProviderTypeName]: (typeof providerTypes)[Name]['machines'] extends 'acquired' ? Name : never;
}[ProviderTypeName];

/** The type of a provider manifest; undefined for an unknown one. */
export function providerTypeOf(manifest: Json | undefined): ProviderType | undefined {
  const name = stringAt(manifest, 'spec', 'type') ?? '';
  return Object.hasOwn(providerTypes, name) ? providerTypes[name as ProviderTypeName] : undefined;
}

/** Commands of the tool of a type; null for a type that acquires no machines. */
export function commandsOf(name: string): ProviderCommands | null {
  if (!Object.hasOwn(providerTypes, name)) return null;
  const type: ProviderType = providerTypes[name as ProviderTypeName];
  return type.machines === 'acquired' ? type.commands : null;
}

/** The same for a provider that acquires machines; undefined for all others. */
export function cloudTypeOf(manifest: Json | undefined): CloudProviderType | undefined {
  const type = providerTypeOf(manifest);
  return type?.machines === 'acquired' ? type : undefined;
}
