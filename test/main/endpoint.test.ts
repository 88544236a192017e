import { expect, test } from 'vitest';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { endpointFor } from '../../src/main/endpoint.ts';
import { providers } from '../../src/main/providers.ts';

const hetzner = 'https://api.hetzner.cloud/v1';
const none = { providerEndpoints: new Map<string, string>(), allowedEndpoints: [] };
const sentTo = (
  endpoint: string,
  settings: { readonly providerEndpoints?: Map<string, string>; readonly allowedEndpoints?: string[] } = {},
) => endpointFor(providers, { type: 'hetzner', endpoint }, { ...none, ...settings });

test('tokens go to Hetzner', () => {
  expect(sentTo(hetzner)).toBe(hetzner);
});

test.each([
  'https://evil.example/v1',
  'https://api.hetzner.cloud.evil.example/v1',
  'http://api.hetzner.cloud/v1',
  'nonsense',
])('a manifest cannot send them to %s', (endpoint) => {
  expect(() => sentTo(endpoint)).toThrow(expect.objectContaining({ code: errors.settingInvalid }));
});

test('the controller can allow an origin, or decide for all', () => {
  const own = 'https://cloud.example/v1';
  expect(sentTo(own, { allowedEndpoints: ['https://cloud.example'] })).toBe(own);
  const evil = 'https://evil.example/v1';
  expect(sentTo(evil, { providerEndpoints: new Map([['hetzner', own]]) })).toBe(own);
  // What is set for one type says nothing about another.
  expect(() => sentTo(evil, { providerEndpoints: new Map([['other', own]]) })).toThrow(
    expect.objectContaining({ code: errors.settingInvalid }),
  );
});
