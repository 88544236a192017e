import type { Json } from '../fleet/digest.ts';
import type { MachineAddress } from './machine.ts';

export const playbooks = [
  'node-provision',
  'node-probe',
  'environment-converge',
  'environment-delete',
] as const;
export type Playbook = (typeof playbooks)[number];

export type AnsibleEvent =
  | { readonly event: 'run_start'; readonly playbook: string }
  | { readonly event: 'task_start'; readonly task: string; readonly role: string | null }
  | {
      readonly event: 'task_end';
      readonly task: string;
      readonly status: 'ok' | 'changed' | 'failed' | 'skipped' | 'unreachable' | 'ignored';
      readonly durationMs: number;
      readonly message?: string;
    }
  | {
      readonly event: 'environment_step';
      readonly environment: string;
      readonly step: string;
      readonly status: 'ok' | 'changed' | 'failed';
      readonly durationMs: number;
      readonly message?: string;
    }
  | {
      readonly event: 'environment_result';
      readonly environment: string;
      readonly status: 'ok' | 'changed' | 'failed';
      readonly error?: { readonly code: string; readonly message: string };
    }
  | { readonly event: 'data'; readonly key: string; readonly value: Json };

export interface AnsibleRequest {
  readonly playbook: Playbook;
  /** Inventory name of the machine. */
  readonly host: string;
  readonly address: MachineAddress;
  /** Data, never templates: every string is passed to Ansible as unsafe. */
  readonly vars: Readonly<Record<string, Json>>;
  readonly check?: boolean;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: AnsibleEvent) => void;
}

export interface AnsibleStats {
  readonly ok: number;
  readonly changed: number;
  readonly failed: number;
  readonly unreachable: number;
  readonly skipped: number;
}

export interface AnsibleOutcome {
  readonly stats: AnsibleStats;
  /** Results of the environments that reported one. */
  readonly environments: ReadonlyMap<
    string,
    {
      readonly status: 'ok' | 'changed' | 'failed';
      readonly error?: { readonly code: string; readonly message: string };
    }
  >;
  readonly data: ReadonlyMap<string, Json>;
  /** The first failed task, in readable form. */
  readonly failure: { readonly task: string; readonly message: string } | null;
  readonly durationMs: number;
}

/** Errors: PL3013 no Ansible, PL4020 node unreachable, PL4031 crashed (no stats event), PL3014 timeout. Failed tasks are a result, not an error. */
export interface Ansible {
  run(request: AnsibleRequest): Promise<AnsibleOutcome>;
  /** Digest of the playbooks and roles; part of every desired digest, so that a new version of them is applied. */
  contentVersion(): Promise<string>;
  /** Text of the probe, a Python script that runs on a node from standard input. */
  probeScript(): Promise<string>;
}
