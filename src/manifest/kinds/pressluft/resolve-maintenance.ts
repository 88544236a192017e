import type { Freeze, Maintenance, MaintenanceWindow } from '../../../fleet/maintenance.ts';
import { localTimeMs } from '../../resolve/local-time.ts';
import { systemDefaults } from '../../resolve/system-defaults.ts';
import { parseDurationMs } from '../../resolve/units.ts';
import type { FreezeSpec, MaintenanceWindowSpec, PressluftSpec } from './spec.ts';

export function resolveMaintenance({ maintenance = {} }: PressluftSpec): Maintenance {
  return {
    windows: (maintenance.windows ?? []).map(resolveWindow),
    freezes: (maintenance.freezes ?? []).map(resolveFreeze),
  };
}

function resolveWindow(spec: MaintenanceWindowSpec): MaintenanceWindow {
  return {
    name: spec.name,
    start: { cron: spec.start, timezone: spec.timezone ?? systemDefaults.timezone },
    durationMs: parseDurationMs(spec.duration) ?? 0,
    risks: spec.risks ?? systemDefaults.windowRisks,
    types: spec.types ?? null,
    overrun: spec.overrun ?? systemDefaults.overrun,
  };
}

/** A time that happens twice, when clocks are set back, is taken so that the freeze is the longer one. */
function resolveFreeze(spec: FreezeSpec): Freeze {
  const timezone = spec.timezone ?? systemDefaults.timezone;
  return {
    name: spec.name,
    from: localTimeMs(spec.from, timezone, 'earliest') ?? 0,
    until: localTimeMs(spec.until, timezone, 'latest') ?? 0,
    risks: spec.risks ?? systemDefaults.freezeRisks,
    types: spec.types ?? null,
  };
}
