import { describe, expect, it } from 'vitest';
import { checkBranchName } from '../../../src/adapters/git/branch-name.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';

describe('the name of a branch', () => {
  it.each(['main', 'pressluft/status', 'release-1.2', 'a_b', 'Ünïcode'])('%s is accepted', (name) => {
    expect(checkBranchName(name)).toBe(name);
  });

  it.each([
    '',
    '-x',
    '/a',
    'a/',
    'a//b',
    '.a',
    'a/.b',
    'a..b',
    'a.lock',
    'a.lock/b',
    'a.',
    'a b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[',
    'a\\b',
    'a@{1}',
    '@',
    'a\nb',
    'a\u007fb',
    '+a:b',
    'a'.repeat(300),
  ])('%j is refused', (name) => {
    expect(() => checkBranchName(name)).toThrow(expect.objectContaining({ code: errors.settingInvalid }));
  });
});
