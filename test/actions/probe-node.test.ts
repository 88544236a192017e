import { describe, expect, test } from 'vitest';
import { parseProbe } from '../../src/actions/probe-node.ts';

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const answer = (node: string, environment: string) =>
  `{"v":1,"node":${node},"environments":{"acme":${environment},"other":{"record":{"spec":{"state":"stopped"}}}}}`;

describe('the answer of a node', () => {
  test.each([
    ['nested too deep for code that recurses', nested(200_000)],
    ['infinite', '1e999'],
  ])('is not used as the applied task when it is %s, and the rest is used', (_, value) => {
    const spec = `{"record":{"spec":{"a":${value}}}}`;
    const { appliedSpec, environments } = parseProbe(answer(spec, spec));
    expect(appliedSpec).toBeNull();
    expect([...environments.values()].map((each) => [each.name, each.appliedSpec])).toEqual([
      ['acme', null],
      ['other', { state: 'stopped' }],
    ]);
  });

  test('may be a value that cannot be converted to text', () => {
    const odd = '{"nginx":{"toString":1,"valueOf":1},"php":true,"cron":"failed"}';
    const { facts, environments } = parseProbe(answer(`{"services":${odd}}`, `{"services":${odd}}`));
    expect(facts.services).toEqual({ nginx: 'unknown', php: 'true', cron: 'failed' });
    expect(environments.values().next().value?.failedServices).toEqual(['nginx', 'cron']);
  });

  test('has names of limited length', () => {
    const services = `{"${'x'.repeat(100_000)}":"failed","cron":"failed"}`;
    const { environments } = parseProbe(answer('{}', `{"services":${services}}`));
    expect(environments.values().next().value?.failedServices).toEqual(['cron']);
  });
});
