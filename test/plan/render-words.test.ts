import { describe, expect, test } from 'vitest';
import { type Observation, planJson } from '../../src/plan/plan-json.ts';
import {
  durationWords,
  listWords,
  observedWords,
  restoresWords,
  undoWords,
} from '../../src/plan/plan-words.ts';
import { wrapText } from '../../src/plan/wrap-text.ts';
import { inZone } from '../../src/plan/zoned-time.ts';
import { commitSha } from '../support/fleet-builders.ts';
import { samplePlans } from '../support/sample-fleets.ts';
import { environmentAction, samplePlan } from '../support/sample-plans.ts';

test.each([
  ['2026-11-21T01:00:00Z', 'Europe/Berlin', '2026-11-21 02:00 Europe/Berlin'],
  ['2026-07-21T01:00:00Z', 'Europe/Berlin', '2026-07-21 03:00 Europe/Berlin'],
  ['2026-11-21T01:30:00+05:30', 'UTC', '2026-11-20 20:00 UTC'],
  ['2026-12-31T23:30:00.000Z', 'Asia/Tokyo', '2027-01-01 08:30 Asia/Tokyo'],
  ['2026-11-21T00:00:00Z', 'UTC', '2026-11-21 00:00 UTC'],
  ['2026-11-21T01:00:00Z', 'Mars/Olympus', '2026-11-21T01:00:00Z'],
  ['yesterday', 'UTC', 'yesterday'],
])('%s in %s is %s', (time, zone, expected) => expect(inZone(time, zone)).toBe(expected));

test.each([
  [0.4, '0 s'],
  [59.4, '59 s'],
  [59.6, '1 min'],
  [95, '1 min 35 s'],
  [3600, '1 h'],
  [7830, '2 h 10 min'],
  [48 * 3600, '2 days'],
])('%d seconds are %s', (seconds, expected) => expect(durationWords(seconds)).toBe(expected));

test('a list names the first few and counts the others', () => {
  expect(listWords(['a', 'b'], 2)).toBe('a, b');
  expect(listWords(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more');
});

test('lines break at spaces, and a word that is too long stands alone', () => {
  expect(wrapText('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrapText('a incomprehensible b', 5)).toEqual(['a', 'incomprehensible', 'b']);
  expect(wrapText('', 5)).toEqual(['']);
});

test('lines break by what they take on a terminal', () => {
  expect(wrapText('日本 語 abc', 7)).toEqual(['日本 語', 'abc']);
  expect(wrapText('日本 語 abc', 6)).toEqual(['日本', '語 abc']);
  expect(wrapText('re\u0301sume\u0301 ok', 9)).toEqual(['re\u0301sume\u0301 ok']);
});

describe('how the fleet was observed', () => {
  const words = (observed: Observation | null) => observedWords(planJson(samplePlans.empty, { observed }));
  const recorded = {
    source: 'status',
    commit: 'a'.repeat(40),
    at: '2026-11-20T19:00:00Z',
    ageSeconds: 90,
  } as const;
  test.each<[Observation | null, string]>([
    [null, ''],
    [{ source: 'live', commit: null, at: recorded.at, ageSeconds: 0 }, 'observed live'],
    [
      recorded,
      'as recorded on the status branch at 2026-11-20 19:00 UTC, 1 min 30 s ago (commit aaaaaaaaaaaa)',
    ],
    [{ ...recorded, commit: null, at: null, ageSeconds: null }, 'as recorded on the status branch'],
    [
      { ...recorded, source: 'file', commit: null },
      'as saved in a file at 2026-11-20 19:00 UTC, 1 min 30 s ago',
    ],
  ])('%j is %j', (observed, expected) => expect(words(observed)).toBe(expected));
});

describe('what a revert does', () => {
  const recorded = { kind: 'recorded', id: 'b-1', takenAt: '2026-11-20T02:00:00Z' } as const;
  const planned = { kind: 'planned', action: 'backup.create:a@1' } as const;
  const words = (undo: Parameters<typeof of>[0]) => undoWords(of(undo));
  test('there are no words if it undoes everything', () => {
    expect(words({ byRevert: true, lost: null, restorePoint: null })).toBe('');
  });
  test('changes that it cannot undo are named with the restore point of the data', () => {
    expect(words({ byRevert: false, lost: 'rows stay', restorePoint: recorded })).toBe(
      'cannot be undone by revert: rows stay; restored by restore point b-1 of 2026-11-20 02:00 UTC',
    );
    expect(words({ byRevert: false, lost: null, restorePoint: planned })).toBe(
      'cannot be undone by revert: restored by the restore point that backup.create:a@1 takes first',
    );
    expect(words({ byRevert: false, lost: null, restorePoint: null })).toBe('cannot be undone by revert');
    expect(words({ byRevert: true, lost: null, restorePoint: planned })).toMatch(
      /^by a revert; data is restored by/,
    );
  });
  test.each([
    [999, '999 B'],
    [1000, '1.0 kB'],
    [1_234_567_890, '1.2 GB'],
    [456_000_000_000_000, '456 TB'],
  ])('%d bytes are %s', (sizeBytes, expected) => {
    const restores = {
      backup: 'b',
      takenAt: recorded.takenAt,
      commit: commitSha('x'),
      scope: 'full',
      verified: false,
    } as const;
    expect(
      restoresWords(of({ byRevert: true, lost: null, restorePoint: null }, { ...restores, sizeBytes })),
    ).toContain(`: database and files, ${expected}, backup b of commit `);
  });
});

type Parts = NonNullable<Parameters<typeof environmentAction>[2]>;

function of(undo: NonNullable<Parts['undo']>, restores: Parts['restores'] = null) {
  const { actions } = planJson(
    samplePlan([environmentAction('environment.converge', 'a', { undo, restores })]),
  );
  const [action] = actions;
  if (action === undefined) throw new Error('no action');
  return action;
}
