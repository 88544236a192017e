import { describe, expect, it } from 'vitest';
import { parseLabelSelector } from '../../src/lab/cloud/label-selector.ts';

const labels = { env: 'prod', 'example.com/tier': 'web', marker: '' };

describe('label selectors', () => {
  it.each([
    ['env=prod', true],
    ['env==prod', true],
    ['env=dev', false],
    ['env!=dev', true],
    ['missing!=dev', true],
    ['env', true],
    ['marker', true],
    ['marker=', true],
    ['missing', false],
    ['!missing', true],
    ['!env', false],
    ['env in (dev,prod)', true],
    ['env in (dev)', false],
    ['env notin (dev)', true],
    ['missing notin (dev)', true],
    ['missing in (dev)', false],
    ['example.com/tier=web', true],
    ['env in (dev,prod),example.com/tier=web,!missing', true],
    ['env=prod,example.com/tier=db', false],
    ['constructor', false],
  ])('%s is %s', (selector, expected) => {
    expect(parseLabelSelector(selector)(labels)).toBe(expected);
  });

  it.each(['', 'a=b=c', '(x)', 'env in prod', 'env in (a', '=x', 'a,,b'])('refuses %j', (selector) => {
    expect(() => parseLabelSelector(selector)).toThrow(/label selector/);
  });
});
