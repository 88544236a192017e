/** The types of `schemas/common.schema.json`, before references and defaults are resolved. */

/** Exactly one of the fields. `sops.key` is a dotted path into the file. */
export interface SecretSpec {
  readonly env?: string;
  readonly file?: string;
  readonly sops?: { readonly file: string; readonly key: string };
}

export interface ScheduleSpec {
  readonly cron: string;
  readonly timezone?: string;
}

export type RiskName = 'none' | 'restart' | 'downtime' | 'data';
export type EnvironmentTypeName = 'production' | 'staging' | 'development';
