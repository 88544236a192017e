import type { Risk } from './plan.ts';
import type { Schedule } from './schedule.ts';

/** A recurring time in which risky work may be done. */
export interface MaintenanceWindow {
  readonly name: string;
  /** When it opens. */
  readonly start: Schedule;
  readonly durationMs: number;
  /** Risks that wait for a window; others act at any time. */
  readonly risks: readonly Risk[];
  /** Types of environments that it is for; null for all, nodes included. */
  readonly types: readonly ('production' | 'staging' | 'development')[] | null;
  /** `finish`: work starts as long as the window is open; `fit`: only what is expected to end within it is started. */
  readonly overrun: 'finish' | 'fit';
}

/** A time in which nothing that carries one of these risks is started, windows or not. */
export interface Freeze {
  readonly name: string;
  /** ms since the epoch. */
  readonly from: number;
  /** ms since the epoch, exclusive. */
  readonly until: number;
  readonly risks: readonly Risk[];
  readonly types: readonly ('production' | 'staging' | 'development')[] | null;
}

/** Without windows there is nothing to wait for. An action that several windows are for may act in any of them. */
export interface Maintenance {
  readonly windows: readonly MaintenanceWindow[];
  readonly freezes: readonly Freeze[];
}

export const noMaintenance: Maintenance = { windows: [], freezes: [] };
