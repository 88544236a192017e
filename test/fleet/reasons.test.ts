import { describe, expect, test } from 'vitest';
import { nextStepOfCheck } from '../../src/fleet/readiness.ts';
import {
  type Reason,
  readCheck,
  readReason,
  reasonEntry,
  reasons,
  reasonWithMessage,
} from '../../src/fleet/reasons.ts';

const names = Object.keys(reasons) as readonly Reason[];

describe('the reasons', () => {
  test('are spelled in CamelCase, and each has a meaning', () => {
    for (const name of names) {
      expect(name).toMatch(/^([A-Z][a-z]+)+$/);
      expect(reasonEntry(name).meaning).toMatch(/^\S.*\.$/);
    }
  });

  test('that need a person have a next step, if it is the same in every case', () => {
    for (const name of names) {
      const { nextStep } = reasonEntry(name);
      const text = typeof nextStep === 'function' ? nextStep('web-1') : nextStep;
      if (text !== null) expect(text).toMatch(/\.$/);
    }
  });

  test('are read in their current and former spelling', () => {
    expect(names.map(readReason)).toEqual(names);
    expect(
      ['server_off', 'final_backup_missing', 'nginx_config_invalid', 'quarantined'].map(readReason),
    ).toEqual(['ServerOff', 'FinalBackupMissing', 'NginxConfigInvalid', 'Quarantined']);
    expect(['', 'never_heard_of', '__proto__', 'constructor', 'toString'].map(readReason)).toEqual(
      Array.from({ length: 5 }),
    );
  });

  test('that are unknown stay readable in the message', () => {
    expect(reasonWithMessage('Sunspots', 'the sun is active')).toEqual({
      reason: 'UnknownReason',
      message: 'Sunspots: the sun is active',
    });
    expect(reasonWithMessage('server_off', 'off')).toEqual({ reason: 'ServerOff', message: 'off' });
  });
});

describe('a readiness check', () => {
  test.each([
    ['disk_low', 'DiskLow', null],
    ['service_inactive:nginx', 'ServiceInactive', 'nginx'],
    ['ServiceInactive', 'ServiceInactive', null],
    ['sunspots:many', 'UnknownCheck', 'sunspots:many'],
    ['server_off', 'UnknownCheck', 'server_off'],
    ['', 'UnknownCheck', ''],
  ] as const)('%s of a probe is read as a reason and its detail', (code, reason, detail) => {
    expect(readCheck(code)).toEqual({ reason, detail });
  });

  test('has a next step that names its detail', () => {
    expect(nextStepOfCheck(readCheck('service_inactive:nginx'))).toContain('journalctl -u nginx');
    expect(nextStepOfCheck(readCheck('sunspots'))).not.toBe('');
  });
});
