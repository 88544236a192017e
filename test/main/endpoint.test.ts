import { expect, test } from 'vitest';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { endpointFor } from '../../src/main/endpoint.ts';

const hetzner = 'https://api.hetzner.cloud/v1';
const settings = { hcloudEndpoint: undefined, allowedEndpoints: [] };

test('tokens go to Hetzner', () => {
  expect(endpointFor(hetzner, settings)).toBe(hetzner);
});

test.each([
  'https://evil.example/v1',
  'https://api.hetzner.cloud.evil.example/v1',
  'http://api.hetzner.cloud/v1',
  'nonsense',
])('a manifest cannot send them to %s', (endpoint) => {
  expect(() => endpointFor(endpoint, settings)).toThrow(
    expect.objectContaining({ code: errors.settingInvalid }),
  );
});

test('the controller can allow an origin, or decide for all', () => {
  const own = 'https://cloud.example/v1';
  expect(endpointFor(own, { ...settings, allowedEndpoints: ['https://cloud.example'] })).toBe(own);
  expect(endpointFor('https://evil.example/v1', { ...settings, hcloudEndpoint: own })).toBe(own);
});
