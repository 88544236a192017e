import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { renderSettings } from '../../scripts/docs-settings.ts';

test('the tables of settings in docs/manifests.md are what `npm run docs` makes', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/manifests.md'), 'utf8');
  expect(renderSettings(text)).toBe(text);
});
