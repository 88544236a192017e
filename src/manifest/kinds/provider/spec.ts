import type { SecretSpec } from '../common-spec.ts';

export type ProviderSpec =
  | {
      readonly type: 'hetzner';
      readonly token: SecretSpec;
      readonly endpoint?: string;
      readonly location?: string;
      readonly sshKeys?: Readonly<Record<string, string>>;
      readonly firewall?: { readonly sshFrom?: readonly string[]; readonly webFrom?: readonly string[] };
    }
  | { readonly type: 'static' };
