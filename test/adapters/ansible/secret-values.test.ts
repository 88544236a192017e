import { expect, test } from 'vitest';
import { hideSecretValues } from '../../../src/adapters/ansible/secret-values.ts';

test('values of secret fields, at any depth and in any form, are redacted', () => {
  const hide = hideSecretValues({
    environments: [
      { name: 'acme', access: { basic_auth: { user: 'dana', password_hash: '$2y$10$abcdefghij' } } },
    ],
  });
  const said = `acme dana $2y$10$abcdefghij ${Buffer.from('x$2y$10$abcdefghij').toString('base64')}`;
  expect(hide(said)).toMatch(/^acme dana \[redacted\] \S{0,3}\[redacted\]\S{0,4}$/);
});

test('runs without secrets redact nothing', () => {
  expect(hideSecretValues({ name: 'acme-production' })('acme-production')).toBe('acme-production');
});
