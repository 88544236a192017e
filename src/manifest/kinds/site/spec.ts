import type { EnvironmentSettings } from '../environment/spec.ts';

export interface SiteSpec {
  readonly title: string;
  readonly adminEmail: string;
  readonly adminUser?: string;
  readonly owner?: string;
  readonly defaults?: EnvironmentSettings;
}
